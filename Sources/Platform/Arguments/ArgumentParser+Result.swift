import Masking

extension ArgumentParser {
    /// For a command that only groups others.
    var commandIsMissing: UsageError {
        UsageError("a command is missing: \(command.subcommands.map(\.name).joined(separator: ", "))")
    }

    /// What was collected, completed from the environment and the defaults, and checked.
    func parsedArguments(environment: [String: String]) throws(UsageError) -> ParsedArguments {
        if let missing = command.arguments.dropFirst(words.count).first(where: \.required) {
            throw UsageError("\(missing.name) is missing: \(missing.help)")
        }
        var argumentValues: [String: [String]] = [:]
        for (index, word) in words.enumerated() {
            argumentValues[command.arguments[min(index, command.arguments.count - 1)].name, default: []].append(word)
        }
        var values = optionValues
        for option in options.values where values[option.name] == nil {
            if let variable = option.environment, let text = environment[variable], !text.isEmpty {
                values[option.name] = [.init(text: text, source: .environment(variable))]
            } else if let text = option.default {
                values[option.name] = [.init(text: text, source: .default)]
            }
        }
        // By name, so that of several mistakes it is always the same one that is reported.
        for option in options.values.sorted(by: { $0.name < $1.name }) {
            if option.value == "URL" { try refusePassword(in: option, values[option.name] ?? []) }
            if option.isSwitch {
                if let given = values[option.name] { values[option.name] = try Self.switchValues(given) }
            } else if !option.choices.isEmpty {
                for value in values[option.name] ?? [] { try value.check(option.name, option.choices) }
            }
        }
        return ParsedArguments(
            path: path.map(\.name), options: options, arguments: command.arguments, optionValues: values,
            argumentValues: argumentValues)
    }

    /// Everybody on the machine can read the command lines of its processes, so no password is taken from there.
    private func refusePassword(in option: Option, _ values: [ParsedArguments.Value]) throws(UsageError) {
        guard values.contains(where: { $0.source == .option && Masked.hasSecret($0.text) }) else { return }
        let file = "\(option.name)-password-file"
        let ways = [
            option.environment.map { "put the address into \($0) in the environment" },
            options[file].map { "put the password into a file that --\($0.name) names" },
        ].compactMap(\.self)
        throw UsageError(
            """
            --\(option.name) has a password in it, which everybody on this machine can read in the list of processes: \
            \(ways.isEmpty ? "leave it out" : ways.joined(separator: ", or "))
            """)
    }

    /// `true` or `false` for what the environment says of a switch.
    private static func switchValues(_ values: [ParsedArguments.Value]) throws(UsageError) -> [ParsedArguments.Value] {
        guard let value = values.last, case .environment(let variable) = value.source else { return values }
        guard let isOn = switchWords[value.text.lowercased()] else {
            throw UsageError("\(variable)=\(value.text) is neither true nor false")
        }
        return [.init(text: String(isOn), source: value.source)]
    }

    private static let switchWords = [
        "1": true, "true": true, "yes": true, "on": true, "0": false, "false": false, "no": false, "off": false,
    ]
}
