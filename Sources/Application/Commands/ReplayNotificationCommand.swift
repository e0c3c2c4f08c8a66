import Arguments
import EventLog
import Events
import Identifiers
import JSON
import LogTools
import Notifications
import Progress
import Replay
import SQLite
import ServiceHost
import Telemetry

/// `orderlog replay notification`
enum ReplayNotificationCommand {
    private enum Delivery: String, CaseIterable { case none, log }

    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "notification", summary: "What would be told for these events, by the code as it is now",
            discussion: """
                Runs the notification service's handler over past events, into a scratch database. Nobody is told
                anything, and the service's own place in the log stays as it is. It may be stopped and started again:
                with --into, what is there already is passed over. With --compare: exit 1 when anything differs.
                """,
            options: ReplayCommand.options + LogTool.eventSelection + [
                Option(
                    name: "deliver", value: "HOW", help: "log prints what would be sent; nobody gets it",
                    default: Delivery.none.rawValue, choices: Delivery.allCases.map(\.rawValue))
            ]
        ) { arguments in
            let selection = try LogTool.selection(arguments, topics: [Topics.orders])
            let batch = try ReplayCommand.batch(arguments)
            let delivery = try arguments.oneOf("deliver", Delivery.self)
            let patience = try ReplayCommand.patience(arguments)
            return try await LogTool.stoppable(shutdown) {
                let progress = Progress()
                return try await ReplayCommand.withSource(arguments, selection, progress) { source in
                    let live = try await openLive(arguments)
                    do {
                        let scratch = try await ScratchDatabase.open(
                            arguments, migrations: SQLiteNotificationMigrations.all)
                        do {
                            let run = NotificationReplay(
                                database: scratch.database, live: live.map(SQLiteNotificationStore.init),
                                isWhole: selection.isWhole && source.logReader != nil, patience: patience,
                                isJSON: arguments.flag("json"), isDelivering: delivery == .log, progress: progress)
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

    private static func openLive(_ arguments: ParsedArguments) async throws -> SQLiteDatabase? {
        guard arguments.value("compare") != nil else { return nil }
        return try await SQLiteDatabase(
            path: try CommonOptions.sqlitePath("compare", arguments), role: .readOnly,
            migrations: SQLiteNotificationMigrations.all)
    }
}
