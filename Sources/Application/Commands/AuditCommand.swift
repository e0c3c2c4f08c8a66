import Arguments
import Audit
import Databases
import EventLog
import Glibc
import Identity
import Inventory
import Notifications
import Orders
import Outbox
import Progress
import Telemetry
import VisibleText

/// `orderlog audit`
enum AuditCommand {
    static var command: Command {
        Command(
            name: "audit", summary: "Prove that databases and log agree, or name what does not",
            discussion: """
                Reads the three services' databases and the log, also while the services run, and tells apart what is in
                flight and what is wrong. Exits 0 when all agrees, 1 when anything disagrees, 2 when it could not tell.
                """,
            examples: [
                "orderlog audit", "orderlog audit --json",
                "orderlog audit --kafka 127.0.0.1:9092 --order-database sqlite:/var/lib/orderlog/order.db",
            ],
            options: [
                CommonOptions.data, CommonOptions.kafka, CommonOptions.kafkaConfig, CommonOptions.database("order"),
                CommonOptions.database("inventory"), CommonOptions.database("notification"),
                CommonOptions.passwordFile("order-database"), CommonOptions.passwordFile("inventory-database"),
                CommonOptions.passwordFile("notification-database"),
                Option(name: "json", help: "Print one JSON object, for machines"),
                Option(
                    name: "wait", value: "SECONDS", help: "How long what does not agree may take until it does",
                    default: String(Audit.patience)),
                Option(
                    name: "republish",
                    help:
                        "Send again what was published in the last ten minutes and the log has lost, where it comes in order"
                ),
                Option(
                    name: "out-of-order",
                    help: "With --republish: also what will then stand behind later events of its order or product"),
            ]
        ) { arguments in
            let report: AuditReport
            do {
                report = try await audit(
                    arguments, republish: try republish(arguments),
                    patience: .seconds(try arguments.int("wait", in: 0...3_600)))
            } catch let error as UsageError {
                throw error
            } catch {
                LogTool.say("orderlog audit: could not tell: \(error)")
                return 2
            }
            if arguments.flag("json") {
                printJSON(Array(report.json().utf8))
            } else {
                print(([Table.text(report.rows)] + report.remarks).joined(separator: "\n"))
            }
            if let trouble = ToolOutput.trouble() {
                LogTool.say("orderlog audit: could not tell: \(trouble)")
                return 2
            }
            return report.exitCode
        }
    }

    private static func republish(_ arguments: ParsedArguments) throws(UsageError) -> Republish? {
        guard arguments.flag("republish") || !arguments.flag("out-of-order") else {
            throw UsageError("--out-of-order goes with --republish")
        }
        return arguments.flag("republish") ? arguments.flag("out-of-order") ? .anyOrder : .inOrder : nil
    }

    /// Audits the databases and the log that the arguments name.
    static func audit(
        _ arguments: ParsedArguments, republish: Republish?, patience: Duration
    ) async throws -> AuditReport {
        let sink = LogSink(descriptor: STDERR_FILENO)
        let logger = Logger(service: "audit", level: .error, format: .text, sink: sink)
        let order = try await OrderDatabase.open(
            try CommonOptions.databaseLocation("order", arguments), for: .tool)
        let inventory = try await InventoryDatabase.open(
            try CommonOptions.databaseLocation("inventory", arguments), for: .tool)
        let notification = try await NotificationDatabase.open(
            try CommonOptions.databaseLocation("notification", arguments), for: .tool)
        let log = try await CommonOptions.existingLog(arguments).openExisting(
            for: republish == nil ? .reading : .writing, logger: logger)
        let sources = AuditSources(
            log: log, orders: order.store, orderOutbox: order.outbox, inventory: inventory.store,
            inventoryOutbox: inventory.outbox, notifications: notification.store)
        let result: Result<AuditReport, any Error>
        do {
            for database in [order.membership, inventory.membership, notification.membership] {
                try await database.check(log)
            }
            result = .success(
                try await Audit(
                    sources, republish: republish, patience: patience, progress: Progress()
                ).run())
        } catch {
            result = .failure(error)
        }
        await log.close()
        for connection in [order.connection, inventory.connection, notification.connection] { await connection.close() }
        return try result.get()
    }
}
