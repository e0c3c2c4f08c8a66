package import Arguments
import Foundation
public import ServiceHost

/// The command line, from its words to the exit code.
public enum Orderlog {
    package static let version = "0.1.0"

    /// Runs a command. Exit codes: 0, or what the command answers; 1 for a failure, with one line that says what to do;
    /// 64 for wrong usage.
    public static func run(_ arguments: [String], shutdown: ShutdownSignal) async -> Int32 {
        await program(shutdown).execute(arguments: arguments, environment: ProcessInfo.processInfo.environment)
    }

    package static func program(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "orderlog", summary: "Takes a shop's orders, and loses none",
            examples: ["orderlog up", "orderlog up --kafka 127.0.0.1:9092", "orderlog topics list --data ./data"],
            subcommands: [
                UpCommand.command(shutdown), ServeCommand.command(shutdown), TopicsCommand.command,
                EventsCommand.command(shutdown), ReplayCommand.command(shutdown), GroupsCommand.command(shutdown),
                DlqCommand.command(shutdown), AuditCommand.command, OutboxCommand.command,
                MoveCommand.command(shutdown),
                AdoptCommand.command(shutdown), HealthcheckCommand.command,
            ], version: version)
    }
}
