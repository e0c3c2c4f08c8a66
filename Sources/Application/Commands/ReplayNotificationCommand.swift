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
import ServiceLife
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
                with --into, what is there already is passed over. Say the shop's name
                and language as the service has them. With --compare: exit 1 when anything differs, 2 when it could not tell.
                """,
            options: ReplayCommand.options + LogTool.eventSelection + WordingOptions.all + [
                Option(
                    name: "deliver", value: "HOW", help: "log prints what would be sent; nobody gets it",
                    default: Delivery.none.rawValue, choices: Delivery.allCases.map(\.rawValue))
            ]
        ) { arguments in
            let selection = try LogTool.selection(arguments, topics: [Topics.orders])
            let delivery = try arguments.oneOf("deliver", Delivery.self)
            let patience = try ReplayCommand.patience(arguments)
            let isJSON = arguments.flag("json")
            let wording = try WordingOptions.wording(arguments)
            return try await ReplayCommand.run(
                arguments, shutdown, selection, purpose: "notification",
                migrations: SQLiteNotificationMigrations.all
            ) { setting in
                try await NotificationReplay(
                    setting: setting, wording: wording, isWhole: selection.isWhole && setting.source.logReader != nil,
                    patience: patience, isJSON: isJSON, isDelivering: delivery == .log
                ).run()
            }
        }
    }
}
