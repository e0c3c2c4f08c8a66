import Arguments
import Databases
import EventLog
import ExactText
import Identifiers
import Identity
import Inventory
import JSON
import Orders
import Outbox
import PostgreSQL
import SQLite
import Timestamps
import VisibleText

/// `orderlog outbox list|retry`
enum OutboxCommand {
    static var command: Command {
        Command(
            name: "outbox",
            summary: "Events that wait in the services' databases: which the log refuses, and try again",
            examples: [
                "orderlog outbox list", "orderlog outbox retry --all",
                "orderlog outbox retry --key 01a20c00-c025-7f1f-9cf9-26975e7f4ba7 --order-database sqlite:./order.db",
            ],
            absentOptions: [
                "kafka":
                    "what waits stands in the services' databases, and the services themselves send it to their log"
            ],
            subcommands: [list, retry])
    }

    private static let databases = [
        CommonOptions.data, CommonOptions.database("order"), CommonOptions.database("inventory"),
        CommonOptions.passwordFile("order-database"), CommonOptions.passwordFile("inventory-database"),
    ]

    private static func key(_ help: String) -> Option { Option(name: "key", value: "KEY", help: help) }

    // MARK: - list

    private static var list: Command {
        Command(
            name: "list", summary: "What the log refuses, since when and why, and when it is tried again",
            discussion: """
                An event that the log refuses waits here, and so do later events of its order or product. It is tried again \
                for ever, at a growing pace of up to a minute. One whose partition takes nothing while others do waits, with \
                0 tries, until that is back. All other events go past it.
                """,
            options: databases + [
                key("Only this order_id or product_id"),
                Option(name: "limit", value: "N", help: "Events shown of each service", default: "100"),
                LogTool.json,
            ]
        ) { arguments in
            let limit = try arguments.int("limit", in: 1...1_000_000)
            var rows = [["SERVICE", "KEY", "EVENT", "SINCE", "TRIES", "NEXT TRY", "BEHIND", "ERROR"]]
            var remarks: [String] = []
            for outbox in try await open(arguments, toWrite: false) {
                try await outbox.use { outbox in
                    let refused = try await outbox.reader.refused(key: arguments.value("key"), limit: limit)
                    if arguments.flag("json") {
                        for row in refused { printJSON(json(row, outbox.service)) }
                        return
                    }
                    rows += refused.compactMap { Self.row($0, outbox.service) }
                    remarks.append(try await remark(outbox, shown: refused.count, arguments.value("key")))
                }
            }
            if arguments.flag("json") { return 0 }
            if rows.count > 1 { print(Table.text(rows)) }
            for remark in remarks { print(remark) }
            return 0
        }
    }

    private static func row(_ refused: (entry: OutboxEntry, behind: Int), _ service: String) -> [String]? {
        guard let refusal = refused.entry.refusal else { return nil }
        let event = refused.entry.row.event.event
        let seconds = refusal.nextTry?.seconds(since: .now())
        let next = seconds.map { $0 > 0 ? "in \(Int($0.rounded(.up))) s" : "now" } ?? "with its partition"
        return [
            service, event.subject.string.printable(), event.type.printable(),
            refusal.since.rfc3339,
            "\(refusal.tries)", next, "\(refused.behind)",
            refusal.reason.printable(),
        ]
    }

    /// A line about a service as a whole.
    private static func remark(_ outbox: OpenOutbox, shown: Int, _ key: String?) async throws -> String {
        let backlog = try await outbox.reader.backlog()
        var text = "\(outbox.service): "
        if backlog.refused == 0 {
            text += "the log refuses nothing"
        } else {
            text += "the log refuses \(backlog.refused), and \(backlog.behind) wait behind"
        }
        if backlog.aside > 0 {
            text += "; a partition takes nothing for now, and \(backlog.aside) wait for that"
            if backlog.refused == 0 { text += ", \(backlog.behind) more behind them" }
        }
        if key == nil, shown < backlog.refused + backlog.aside { text += " (\(shown) are shown: see --limit)" }
        if let oldest = try await outbox.reader.oldestPending() {
            text += "; others wait their turn, the oldest since \(oldest.event.event.time.rfc3339)"
        }
        return text
    }

    private static func json(_ refused: (entry: OutboxEntry, behind: Int), _ service: String) -> [UInt8] {
        let event = refused.entry.row.event
        var json = JSONWriter()
        json.object { json in
            json.field("service", service)
            json.field("position", refused.entry.row.position)
            json.field("event_id", event.event.id.description)
            json.field("topic", event.topic)
            json.field("type", event.event.type)
            json.field("key", event.event.subject.string)
            json.field("time", event.event.time.rfc3339)
            json.field("bytes", event.event.data.count)
            if let refusal = refused.entry.refusal {
                json.field("since", refusal.since.rfc3339)
                json.field("tries", refusal.tries)
                if let next = refusal.nextTry { json.field("next_try", next.rfc3339) }
                json.field("error", refusal.reason)
            }
            json.field("behind", refused.behind)
        }
        return json.finish()
    }

    // MARK: - retry

    private static var retry: Command {
        Command(
            name: "retry", summary: "Try again now what the log refuses",
            discussion: "For a mended log: the running service tries within a second or so, instead of up to a minute.",
            options: databases + [
                key("What waits of this order_id or product_id"), Option(name: "all", help: "All that waits"),
            ]
        ) { arguments in
            let key = arguments.value("key")
            guard (key != nil) != arguments.flag("all") else {
                throw UsageError("say which: --key KEY as `orderlog outbox list` has it, or --all")
            }
            var count = 0
            for outbox in try await open(arguments, toWrite: true) {
                try await outbox.use { count += try await $0.retry.retry(key: key) }
            }
            if let key, count == 0 {
                throw Failure("nothing of \(key.printable()) is refused: see `orderlog outbox list`")
            }
            print("\(count) \(count == 1 ? "event is" : "events are") tried again now")
            return 0
        }
    }

    // MARK: - Databases

    private struct OpenOutbox {
        var service: String
        var reader: any OutboxReader
        var retry: any OutboxRetry
        var close: @Sendable () async -> Void

        func use(_ body: (OpenOutbox) async throws -> Void) async throws {
            do {
                try await body(self)
                await close()
            } catch {
                await close()
                throw error
            }
        }
    }

    /// Those that are named; both in `--data` where none is.
    private static func open(_ arguments: ParsedArguments, toWrite: Bool) async throws -> [OpenOutbox] {
        let named = ["order", "inventory"].filter { arguments.value("\($0)-database") != nil }
        var outboxes: [OpenOutbox] = []
        do {
            for service in named.isEmpty ? ["order", "inventory"] : named {
                outboxes.append(
                    try await open(
                        service, try CommonOptions.databaseLocation(service, arguments), toWrite: toWrite))
            }
        } catch {
            for outbox in outboxes { await outbox.close() }
            throw error
        }
        return outboxes
    }

    private static func open(
        _ service: String, _ location: DatabaseLocation, toWrite: Bool
    ) async throws -> OpenOutbox {
        let hallmark = (service == "order" ? ShopDatabase.Description.order : .inventory).hallmark
        switch location {
        case .sqlite(let path):
            let migrations = service == "order" ? SQLiteOrderMigrations.all : SQLiteInventoryMigrations.all
            // Only a file that is there, and is not to be migrated.
            var database = try await SQLiteDatabase(
                path: path, role: .readOnly, hallmark: hallmark, migrations: migrations)
            if toWrite {
                await database.close()
                database = try await SQLiteDatabase(
                    path: path, role: .shared, hallmark: hallmark, migrations: migrations)
            }
            let outbox = SQLiteOutbox(database)
            return OpenOutbox(service: service, reader: outbox, retry: outbox) { [database] in await database.close() }
        case .postgreSQL(let url, let passwordFile):
            let migrations = service == "order" ? PostgreSQLOrderMigrations.all : PostgreSQLInventoryMigrations.all
            let database = try await PostgreSQLDatabase(
                url: url, passwordFile: passwordFile, access: .tool, connections: 2, hallmark: hallmark,
                migrations: migrations)
            let outbox = PostgreSQLOutbox(database)
            return OpenOutbox(service: service, reader: outbox, retry: outbox) { await database.close() }
        }
    }
}
