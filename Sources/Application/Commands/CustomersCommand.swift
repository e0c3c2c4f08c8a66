import Arguments
import Databases
import EventLog
import ExactText
import Foundation
import Identity
import LogTools
import Notifications
import Orders
import PersonalData
import ServiceLife
import Shop
import Telemetry

/// `orderlog customers erase|export`
enum CustomersCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "customers", summary: "What is kept of one customer: hand it out, or erase it",
            examples: [
                "orderlog customers export ada@example.com >ada.json",
                "orderlog customers erase --dry-run ada@example.com",
                "orderlog customers erase --yes - <address.txt",
            ],
            subcommands: [erase(shutdown), export])
    }

    private static let sources =
        [CommonOptions.data, CommonOptions.kafka, CommonOptions.kafkaConfig]
        + ["order", "notification"].flatMap {
            [CommonOptions.database($0), CommonOptions.passwordFile("\($0)-database")]
        }
    private static let email = Positional(
        name: "EMAIL",
        help:
            "The address, exactly as the orders have it; - reads it from standard input, so that no list of processes shows it"
    )

    private static func erase(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "erase", summary: "Redact a customer's name, addresses and texts, wherever the shop keeps them",
            discussion: """
                Finds the orders with this e-mail, and by them all else: messages, remembered answers, waiting events, and on \
                the embedded log the events themselves. What was bought, when and for how much stays. The services may run; \
                what they write waits while a SQLite file is written anew, about a second for each 100 MB, and is answered 503 \
                after five. Stopped anywhere, it goes on when it is said again.

                Erases nothing while the customer has orders that are not closed, or anything is still on its way. Exits 0 when \
                nothing is left, 1 when something is (on Kafka until its topics drop it), 2 when it could not tell.
                """,
            options: sources + [
                Option(name: "dry-run", help: "Only say what would be erased"),
                Option(
                    name: "open",
                    help: "Also orders that are confirmed or shipped, and messages that wait, which are not sent"),
                Option(
                    name: "wait", value: "SECONDS", help: "How long what is on its way may take to arrive",
                    default: "20"),
                LogTool.yes, LogTool.json,
            ], arguments: [email]
        ) { arguments in
            let (address, isDryRun) = (try address(arguments), arguments.flag("dry-run"))
            let patience = Duration.seconds(try arguments.int("wait", in: 0...3_600))
            guard
                try isDryRun
                    || LogTool.isConfirmed(
                        "This can't be undone. Erase the customer out of databases and log?", arguments, shutdown)
            else { return 1 }
            let report: ErasureReport
            do {
                report = try await withSources(arguments, toWrite: !isDryRun) { sources in
                    try await Erasure(sources, includesOpen: arguments.flag("open"), patience: patience)
                        .run(address, isDryRun: isDryRun)
                }
            } catch let error as UsageError {
                throw error
            } catch {
                LogTool.say("orderlog customers erase: could not tell: \(error); say it again")
                return 2
            }
            if arguments.flag("json") { printJSON(report.json()) } else { print(report.text) }
            return report.exitCode
        }
    }

    private static var export: Command {
        Command(
            name: "export", summary: "Print all that is kept of a customer, as one JSON document",
            discussion: """
                Orders, messages and the events on the log, each oldest first. Exits 1 when nothing is known of the address.
                """, options: sources, arguments: [email]
        ) { arguments in
            let address = try address(arguments)
            return try await withSources(arguments, toWrite: false) { sources in
                let output = try LineWriter(path: "-")
                let count = try await CustomerExport(sources).run(address) {
                    try output.write(shownJSON(Array($0.utf8)), count: 0)
                }
                try output.end(isComplete: true)
                return count == 0 ? 1 : 0
            }
        }
    }

    /// Also one that earlier versions took.
    private static func address(_ arguments: ParsedArguments) throws(UsageError) -> ExactText {
        var text = arguments.positional("EMAIL")
        if text == "-" { text = readLine() ?? "" }
        guard !text.isEmpty, Text.emailComplaint(text, isKept: true) == nil else {
            throw UsageError("EMAIL must be an e-mail address, as the orders have it")
        }
        return ExactText(text)
    }

    private static func withSources<Value>(
        _ arguments: ParsedArguments, toWrite: Bool, _ body: (CustomerSources) async throws -> Value
    ) async throws -> Value {
        let order = try await OrderDatabase.open(
            try CommonOptions.databaseLocation("order", arguments), for: toWrite ? .correcting : .tool)
        let notification: NotificationDatabase
        do {
            notification = try await NotificationDatabase.open(
                try CommonOptions.databaseLocation("notification", arguments), for: toWrite ? .correcting : .tool)
        } catch {
            await order.connection.close()
            throw error
        }
        let result: Result<Value, any Error>
        do {
            let log = try await CommonOptions.existingLog(arguments).openExisting(
                for: toWrite ? .writing : .reading, logger: .silent)
            do {
                for database in [order.membership, notification.membership] { try await database.check(log) }
                result = .success(
                    try await body(CustomerSources(log: log, order: order, notification: notification)))
            } catch {
                result = .failure(error)
            }
            await log.close()
        } catch {
            result = .failure(error)
        }
        for connection in [order.connection, notification.connection] { await connection.close() }
        return try result.get()
    }
}
