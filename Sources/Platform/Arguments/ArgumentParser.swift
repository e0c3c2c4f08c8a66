import Spelling

/// Walks along a command line and collects what it says.
struct ArgumentParser {
    /// From the program down to the command.
    private(set) var path: [Command]
    private(set) var optionValues: [String: [ParsedArguments.Value]] = [:]
    private(set) var words: [String] = []
    private var wantsCompletion = false

    init(program: Command) {
        path = [program]
    }

    var command: Command { path[path.count - 1] }

    /// Reads all arguments. Answers a text when that is what they ask for.
    mutating func parse(_ arguments: [String]) throws(UsageError) -> String? {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                for word in rest { try take(word) }
                break
            } else if argument.hasPrefix("--") {
                if let text = try parseLong(argument.dropFirst(2), &rest) { return text }
            } else if argument.count > 1, argument.hasPrefix("-"), !isNegativeNumber(argument) {
                if let text = try parseShort(argument.dropFirst(), &rest) { return text }
            } else if command.subcommands.isEmpty {
                try take(argument)
            } else if path.count == 1, argument == "help" {
                for name in rest where name != "help" && !name.hasPrefix("-") { try enter(name) }
                return HelpText(path: path).text
            } else {
                try enter(argument)
            }
        }
        guard wantsCompletion else { return nil }
        guard let shell = words.first else { throw UsageError("SHELL is missing: bash or zsh") }
        let completion = Completion(program: path[0])
        return shell == "zsh" ? completion.zsh : completion.bash
    }

    /// Goes down to a command below this one.
    private mutating func enter(_ name: String) throws(UsageError) {
        let known = command.subcommands
        guard !known.isEmpty else { throw UsageError("unexpected argument '\(name)'") }
        if let next = known.first(where: { $0.name == name }) {
            path.append(next)
        } else if path.count == 1, name == Completion.command.name {
            path.append(Completion.command)
            wantsCompletion = true
        } else {
            let names = known.map(\.name) + (path.count == 1 ? ["help", Completion.command.name] : [])
            throw UsageError("unknown command '\(name)'" + suggestion(nearest(to: name, of: names)))
        }
    }

    private mutating func take(_ word: String) throws(UsageError) {
        guard !word.isEmpty else { throw UsageError("an argument is empty") }
        let arguments = command.arguments
        guard command.subcommands.isEmpty else { return try enter(word) }
        guard words.count < arguments.count || arguments.last?.repeatable == true else {
            throw UsageError("unexpected argument '\(word)'")
        }
        let argument = arguments[min(words.count, arguments.count - 1)]
        guard argument.choices.isEmpty || argument.choices.contains(word) else {
            throw UsageError(
                "\(argument.name) is \(argument.choices.joined(separator: ", ")), not '\(word)'"
                    + suggestion(nearest(to: word, of: argument.choices)))
        }
        words.append(word)
    }

    /// `--name`, `--name=value` or `--name value`.
    private mutating func parseLong(_ text: Substring, _ rest: inout ArraySlice<String>) throws(UsageError) -> String? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        if name == "help", parts.count == 1 { return HelpText(path: path).text }
        if name == "version", parts.count == 1, let version = path[0].version, path.count == 1 {
            return "\(path[0].name) \(version)\n"
        }
        guard let option = options[name] else {
            throw unknownOption(name)
        }
        let inline = parts.count == 2 ? String(parts[1]) : nil
        guard !option.isSwitch || inline == nil else { throw UsageError("--\(name) takes no value") }
        if option.isSwitch {
            try add(option, "true")
        } else if let inline {
            try add(option, inline)
        } else {
            try add(option, try value(of: "--\(name)", &rest))
        }
        return nil
    }

    /// `-x`, `-xyz` for switches, `-x value` or `-xvalue`.
    private mutating func parseShort(_ text: Substring, _ rest: inout ArraySlice<String>) throws(UsageError) -> String?
    {
        var letters = text
        while let letter = letters.popFirst() {
            guard let option = options.values.first(where: { $0.short == letter }) else {
                if letter == "h" { return HelpText(path: path).text }
                throw UsageError("unknown option -\(letter)")
            }
            if option.isSwitch {
                try add(option, "true")
            } else {
                try add(option, letters.isEmpty ? try value(of: "-\(letter)", &rest) : String(letters))
                return nil
            }
        }
        return nil
    }

    private func value(of option: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> String {
        guard let next = rest.first else { throw UsageError("\(option) needs a value") }
        // A forgotten value must not swallow the option behind it.
        guard !next.hasPrefix("--") else {
            let form = option.hasPrefix("--") ? "\(option)=VALUE" : "\(option)VALUE"
            throw UsageError("\(option) needs a value; one that begins with dashes is written \(form)")
        }
        rest.removeFirst()
        return next
    }

    private mutating func add(_ option: Option, _ value: String) throws(UsageError) {
        // A shell's variable that is not set, nearly always.
        guard !value.isEmpty else { throw UsageError("--\(option.name) has an empty value") }
        // Of two the first would be passed over without a word.
        if !option.repeatable, let first = optionValues[option.name]?.first?.text, first != value {
            throw UsageError("--\(option.name) takes one value, and is given twice: \(first) and \(value)")
        }
        optionValues[option.name, default: []].append(.init(text: value, source: .option))
    }

    private func isNegativeNumber(_ argument: String) -> Bool {
        guard let second = argument.dropFirst().first, second.isNumber || second == "." else { return false }
        return Double(argument) != nil && !options.values.contains { $0.short == second }
    }

    /// Of an option that is declared twice on the way down, the deepest counts.
    var options: [String: Option] {
        Dictionary(path.flatMap(\.options).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    private func unknownOption(_ name: String) -> UsageError {
        if let reason = path.compactMap({ $0.absentOptions[name] }).last {
            return UsageError("there is no --\(name) here: \(reason)")
        }
        let word = nearest(to: name, of: options.keys.sorted() + ["help"])
        if word == nil, let owner = Self.owner(of: name, below: command) {
            let words = path.map(\.name) + owner
            return UsageError("--\(name) goes behind the command: \(words.joined(separator: " ")) --\(name)")
        }
        return UsageError("unknown option --\(name)" + suggestion(word, "--"))
    }

    /// The way to the first command below `command` that declares the option.
    private static func owner(of option: String, below command: Command) -> [String]? {
        for subcommand in command.subcommands {
            if subcommand.options.contains(where: { $0.name == option }) { return [subcommand.name] }
            if let way = owner(of: option, below: subcommand) { return [subcommand.name] + way }
        }
        return nil
    }

    private func suggestion(_ word: String?, _ prefix: String = "") -> String {
        word.map { "; did you mean \(prefix)\($0)?" } ?? ""
    }
}
