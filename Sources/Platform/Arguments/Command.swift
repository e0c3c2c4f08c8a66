/// A command of the program, declared once: parsing, `--help` and completion all come from it. The outermost one is the
/// program itself.
package struct Command: Sendable {
    package typealias Run = @Sendable (ParsedArguments) async throws -> Int32

    /// As it is typed.
    package var name: String
    /// One line without a full stop, for the list of commands.
    package var summary: String
    /// More for the command's own `--help`. Lines are wrapped; an empty line stands between paragraphs.
    package var discussion: String?
    /// Complete command lines, each perhaps with a comment behind `#`.
    package var examples: [String]
    /// Accepted by this command and by all commands below it.
    package var options: [Option]
    /// Options of other commands that people look for here, and why there is none of them.
    package var absentOptions: [String: String]
    /// What follows without dashes. A command has either these or subcommands.
    package var arguments: [Positional]
    package var subcommands: [Command]
    /// Of the program: what `--version` prints behind its name.
    package var version: String?
    /// Does the work and answers the exit code. A `UsageError` exits with 64, any other error with 1.
    package var run: Run?

    package init(
        name: String, summary: String, discussion: String? = nil, examples: [String] = [], options: [Option] = [],
        absentOptions: [String: String] = [:], arguments: [Positional] = [], subcommands: [Command] = [],
        version: String? = nil, run: Run? = nil
    ) {
        precondition(arguments.isEmpty || subcommands.isEmpty, "\(name) has either arguments or subcommands")
        precondition(Set(options.map(\.name)).count == options.count, "\(name) declares an option twice")
        precondition(arguments.dropLast().allSatisfy { !$0.repeatable }, "\(name): only the last argument repeats")
        precondition(
            arguments.drop(while: \.required).allSatisfy { !$0.required },
            "\(name): arguments that may be missing come last")
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.examples = examples
        self.options = options
        self.absentOptions = absentOptions
        self.arguments = arguments
        self.subcommands = subcommands
        self.version = version
        self.run = run
    }
}
