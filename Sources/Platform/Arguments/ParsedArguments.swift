/// What was given to a command: flags over environment over defaults. Asking for a name that neither the command nor
/// one above it declares is a programmer's error.
package struct ParsedArguments: Sendable {
    /// A value, and where it is from.
    struct Value: Sendable {
        enum Source: Sendable, Hashable {
            case option
            case environment(String)
            case `default`
        }

        var text: String
        var source: Source
    }

    /// The words that lead to the command: `["orderlog", "serve", "order"]`.
    package let path: [String]
    private let options: [String: Option]
    private let arguments: [String: Positional]
    private let optionValues: [String: [Value]]
    private let argumentValues: [String: [String]]

    init(
        path: [String], options: [String: Option], arguments: [Positional], optionValues: [String: [Value]],
        argumentValues: [String: [String]]
    ) {
        self.path = path
        self.options = options
        self.arguments = Dictionary(arguments.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.optionValues = optionValues
        self.argumentValues = argumentValues
    }

    /// Whether the command accepts this option, for code that several commands share.
    package func declares(_ option: String) -> Bool { options[option] != nil }

    /// Whether the option was given on the command line or in the environment.
    package func isGiven(_ option: String) -> Bool {
        all(option).contains { $0.source != .default }
    }

    /// Whether it was given on the command line itself, which goes before the environment.
    package func isOnCommandLine(_ option: String) -> Bool {
        all(option).contains { $0.source == .option }
    }

    /// The last value; nil when there is none, nor a default.
    package func value(_ option: String) -> String? { all(option).last?.text }

    /// All values of a repeatable option, in order.
    package func values(_ option: String) -> [String] { all(option).map(\.text) }

    /// Whether a switch is on.
    package func flag(_ option: String) -> Bool { value(option) == "true" }

    /// As `value`.
    package subscript(_ option: String) -> String? { value(option) }

    /// An argument that the command requires.
    package func positional(_ name: String) -> String {
        guard let value = positionals(name).first else {
            preconditionFailure("\(name) may be missing: ask positionalIfGiven")
        }
        return value
    }

    /// An argument that may be missing.
    package func positionalIfGiven(_ name: String) -> String? { positionals(name).first }

    /// All values of a repeatable argument, in order.
    package func positionals(_ name: String) -> [String] {
        precondition(arguments[name] != nil, "\(path.joined(separator: " ")) declares no argument \(name)")
        return argumentValues[name] ?? []
    }

    func environment(of option: String) -> String? { options[option]?.environment }

    func all(_ option: String) -> [Value] {
        precondition(options[option] != nil, "\(path.joined(separator: " ")) declares no option --\(option)")
        return optionValues[option] ?? []
    }
}
