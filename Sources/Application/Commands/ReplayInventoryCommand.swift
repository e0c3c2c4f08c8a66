import Arguments
import EventLog
import Events
import Inventory
import JSON
import LogTools
import Progress
import Replay
import SQLite
import ServiceLife
import Timestamps

/// `orderlog replay inventory`
enum ReplayInventoryCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "inventory", summary: "The stock as the log tells it",
            discussion: """
                Builds the stock and status of every product from the topics inventory and orders, into a scratch
                database, and with --compare lists the products that are otherwise live. Exits 1 when any is, or when the events tell of
                stock that can't be; 2 when it could not tell.
                """,
            options: ReplayCommand.options + [
                Option(
                    name: "to", value: "PLACE", help: "Where to end: latest, or a time, for the stock as it was then",
                    default: "latest")
            ]
        ) { arguments in
            let selection = try selection(arguments)
            let patience = try ReplayCommand.patience(arguments)
            let isJSON = arguments.flag("json")
            // Sums can't be taken back: a database that is summed up to here is for this alone.
            let purpose = selection.to == .latest ? "inventory" : "inventory up to \(arguments.value("to") ?? "")"
            return try await ReplayCommand.run(
                arguments, shutdown, selection, purpose: purpose, migrations: SQLiteInventoryMigrations.all
            ) { setting in
                try await StockReplay(
                    setting: setting, patience: selection.to == .latest ? patience : .zero, isJSON: isJSON
                ).run()
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
}
