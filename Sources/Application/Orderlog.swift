package import Arguments
import Crypto
import Foundation
public import ServiceLife

/// The command line, from its words to the exit code.
public enum Orderlog {
    package static let version = "0.1.0"
    /// Of the sources, as who built the image said it (`ORDERLOG_COMMIT`); nil: nobody did.
    package static let commit = ProcessInfo.processInfo.environment["ORDERLOG_COMMIT"].flatMap { $0.isEmpty ? nil : $0 }

    /// Runs a command. Exit codes: 0, or what the command answers; 1 for a failure, with one line that says what to do;
    /// 64 for wrong usage.
    public static func run(_ arguments: [String], shutdown: ShutdownSignal) async -> Int32 {
        guard SHA256.isAvailable else {
            let line = "orderlog: OpenSSL's libcrypto refuses SHA-256: look at its configuration (OPENSSL_CONF)\n"
            FileHandle.standardError.write(Data(line.utf8))
            return 1
        }
        return await program(shutdown).execute(arguments: arguments, environment: ProcessInfo.processInfo.environment)
    }

    package static func program(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "orderlog", summary: "Takes a shop's orders, and loses none",
            examples: ["orderlog up", "orderlog up --kafka 127.0.0.1:9092", "orderlog topics list --data ./data"],
            subcommands: [
                UpCommand.command(shutdown), ServeCommand.command(shutdown), OrdersCommand.command(shutdown),
                ProductsCommand.command(shutdown), NotificationsCommand.command(shutdown),
                DemoCommand.command(shutdown), StatusCommand.command(shutdown),
                TopicsCommand.command,
                EventsCommand.command(shutdown), ReplayCommand.command(shutdown), GroupsCommand.command(shutdown),
                DlqCommand.command(shutdown), AuditCommand.command, OutboxCommand.command,
                CustomersCommand.command(shutdown), MoveCommand.command(shutdown),
                LoadCommand.command(shutdown),
                AdoptCommand.command(shutdown), KeysCommand.command, HealthcheckCommand.command, OpenAPICommand.command,
            ], version: version)
    }
}
