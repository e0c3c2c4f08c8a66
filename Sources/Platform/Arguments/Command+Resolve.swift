/// What a command line asks for.
package enum Resolution: Sendable {
    case run(Command, ParsedArguments)
    /// Help, version or completion, for standard output.
    case print(String)
    /// What is wrong and where to look, two lines for standard error; exit code 64.
    case usage(String)
}

extension Command {
    /// Reads a command line. Pure: it looks at nothing else and changes nothing.
    /// - Parameter arguments: Without the program's own name.
    package func resolve(arguments: [String], environment: [String: String]) -> Resolution {
        var parser = ArgumentParser(program: self)
        do throws(UsageError) {
            if let text = try parser.parse(arguments) { return .print(text) }
            guard parser.command.run != nil else { throw parser.commandIsMissing }
            return .run(parser.command, try parser.parsedArguments(environment: environment))
        } catch {
            return .usage(Self.usageText(path: parser.path.map(\.name), error))
        }
    }

    static func usageText(path: [String], _ error: UsageError) -> String {
        let command = path.joined(separator: " ")
        return "\(command): \(error.message)\nsee \(command) --help"
    }
}
