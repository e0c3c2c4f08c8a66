import Arguments
import EventLog
import Events
import Inventory
import JSON
import LogTools
import Progress
import Replay
import SQLite
import ServiceHost
import Timestamps

/// `orderlog replay inventory`
enum ReplayInventoryCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "inventory", summary: "The stock as the log tells it",
            discussion: """
                Builds the stock and status of every product from the topics inventory and orders, into a scratch
                database, and with --compare lists the products that are otherwise live; then it exits 1.
                """,
            options: ReplayCommand.options + [
                Option(
                    name: "to", value: "PLACE", help: "Where to end: latest, or a time, for the stock as it was then",
                    default: "latest")
            ]
        ) { arguments in
            let selection = try selection(arguments)
            let batch = try ReplayCommand.batch(arguments)
            let patience = try ReplayCommand.patience(arguments)
            return try await LogTool.stoppable(shutdown) {
                let progress = Progress()
                return try await ReplayCommand.withSource(arguments, selection, progress) { source in
                    let live = try await openLive(arguments)
                    do {
                        let scratch = try await ScratchDatabase.open(
                            arguments, migrations: SQLiteInventoryMigrations.all)
                        do {
                            let run = StockReplay(
                                database: scratch.database, live: live.map(SQLiteInventoryStore.init),
                                patience: selection.to == .latest ? patience : .zero, isJSON: arguments.flag("json"),
                                progress: progress)
                            let code = try await run.run(source, batch: batch)
                            await scratch.close()
                            await live?.close()
                            return code
                        } catch {
                            await scratch.close()
                            throw error
                        }
                    } catch {
                        progress.end()
                        await live?.close()
                        throw error
                    }
                }
            }
        }
    }

    private static func selection(_ arguments: ParsedArguments) throws(UsageError) -> LogSelection {
        guard let to = LogPlace(try arguments.required("to"), now: .now()) else {
            throw arguments.wrong("to", "is not latest or a time (RFC 3339, or -15m)")
        }
        switch to {
        case .latest, .time: return LogSelection(topics: [Topics.inventory, Topics.orders], to: to)
        case .earliest, .offset: throw arguments.wrong("to", "is not latest or a time (RFC 3339, or -15m)")
        }
    }

    private static func openLive(_ arguments: ParsedArguments) async throws -> SQLiteDatabase? {
        guard arguments.value("compare") != nil else { return nil }
        return try await SQLiteDatabase(
            path: try CommonOptions.sqlitePath("compare", arguments), role: .readOnly,
            migrations: SQLiteInventoryMigrations.all)
    }
}
