/// What `--help` prints of a command.
struct HelpText {
    /// Columns of the page.
    private static let width = 80
    /// Where the descriptions of options begin, at most.
    private static let widestColumn = 34

    private let path: [Command]

    init(path: [Command]) {
        self.path = path
    }

    private var command: Command { path[path.count - 1] }

    var text: String {
        var sections = ["Usage: \(usageLine)\n", Self.wrapped(command.summary + ".")]
        if let discussion = command.discussion {
            sections += discussion.split(separator: "\n\n").map { Self.wrapped($0) }
        }
        sections.append(table("Commands", subcommands.map { ("  \($0.name)", $0.summary) }))
        sections.append(table("Arguments", command.arguments.map { ("  \($0.name)", describe($0)) }))
        sections.append(table("Options", optionRows))
        if !command.examples.isEmpty {
            sections.append("Examples:\n" + command.examples.map { "  \($0)\n" }.joined())
        }
        if !subcommands.isEmpty {
            let words = path.map(\.name).joined(separator: " ")
            sections.append("\(words) COMMAND --help says more about a command.\n")
        }
        return sections.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var usageLine: String {
        var words = path.map(\.name)
        if !subcommands.isEmpty { words.append(command.run == nil ? "COMMAND" : "[COMMAND]") }
        words.append("[options]")
        for argument in command.arguments {
            let name = argument.repeatable ? "\(argument.name)..." : argument.name
            words.append(argument.required ? name : "[\(name)]")
        }
        return words.joined(separator: " ")
    }

    /// The program's own, and what comes with every program that has commands.
    private var subcommands: [Command] {
        guard path.count == 1, !command.subcommands.isEmpty else { return command.subcommands }
        return command.subcommands + [Completion.command, Command(name: "help", summary: "Help for a command")]
    }

    private var optionRows: [(String, String)] {
        var rows: [(String, String)] = []
        var seen: Set<String> = []
        // The command's own first, then those of the commands above it.
        for option in path.reversed().flatMap(\.options) where seen.insert(option.name).inserted {
            let short = option.short.map { "  -\($0), " } ?? "      "
            rows.append(("\(short)--\(option.name)\(option.value.map { " \($0)" } ?? "")", describe(option)))
        }
        let isShortTaken = path.flatMap(\.options).contains { $0.short == "h" }
        rows.append((isShortTaken ? "      --help" : "  -h, --help", "Show this help"))
        if path.count == 1, command.version != nil { rows.append(("      --version", "Show the version")) }
        return rows
    }

    private func describe(_ option: Option) -> String {
        var notes: [String] = []
        if !option.choices.isEmpty { notes.append("one of " + option.choices.joined(separator: ", ")) }
        if option.repeatable { notes.append("may be repeated") }
        if let value = option.default { notes.append("default: \(value.isEmpty ? "none" : value)") }
        if let variable = option.environment { notes.append("environment: \(variable)") }
        return notes.isEmpty ? option.help : "\(option.help) (\(notes.joined(separator: "; ")))"
    }

    private func describe(_ argument: Positional) -> String {
        argument.choices.isEmpty ? argument.help : "\(argument.help) (\(argument.choices.joined(separator: ", ")))"
    }

    /// Two columns under a title; empty when there are no rows.
    private func table(_ title: String, _ rows: [(String, String)]) -> String {
        guard !rows.isEmpty else { return "" }
        let column = min(Self.widestColumn, (rows.map(\.0.count).max() ?? 0) + 2)
        return "\(title):\n"
            + rows.map { left, right in
                let lines = Self.wrapped(right, indent: column)
                guard left.count + 2 <= column, !lines.isEmpty else { return "\(left)\n\(lines)" }
                return left + lines.dropFirst(left.count)
            }.joined()
    }

    /// Lines of at most `width` columns, each with its line break. A longer word stands alone.
    private static func wrapped(_ text: some StringProtocol, indent: Int = 0) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(margin + word)
            }
        }
        return lines.map { "\($0)\n" }.joined()
    }
}
