import Arguments
import EventLog
import LogTools
import Progress
import ServiceHost

/// `orderlog replay notification|inventory`
enum ReplayCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "replay", summary: "Run a service's own code over past events, and see what differs",
            examples: [
                "orderlog replay notification --compare sqlite:./data/notification.db",
                "orderlog replay notification --order ID --deliver log",
                "orderlog replay inventory --compare sqlite:./data/inventory.db",
            ],
            subcommands: [ReplayNotificationCommand.command(shutdown), ReplayInventoryCommand.command(shutdown)])
    }

    static let options =
        LogTool.options + [
            Option(
                name: "file", value: "EXPORT", help: "Events from a file of `events export`, or -, not from the log"),
            ScratchDatabase.option,
            Option(
                name: "compare", value: "URL",
                help: "The live database, sqlite:PATH: list what is otherwise there, and exit 1 when anything is"),
            Option(
                name: "wait", value: "SECONDS",
                help: "With --compare: how long what does not agree may take until it does", default: "20"),
            Option(name: "batch", value: "N", help: "Events a transaction", default: "1000"),
            LogTool.json,
        ]

    static func batch(_ arguments: ParsedArguments) throws -> Int { try arguments.int("batch", in: 1...100_000) }

    static func patience(_ arguments: ParsedArguments) throws -> Duration {
        .seconds(try arguments.int("wait", in: 0...3_600))
    }

    /// Runs `body` with the selected records: of the file that `--file` names, or of the log.
    static func withSource(
        _ arguments: ParsedArguments, _ selection: LogSelection, _ progress: Progress,
        _ body: (ReplaySource) async throws -> Int32
    ) async throws -> Int32 {
        guard let file = arguments.value("file") else {
            return try await LogTool.withLog(arguments) { log in
                let reader = LogReader(log, try await selection.stretches(of: log))
                return try await body(ReplaySource(reader, selection, progress, logReader: reader))
            }
        }
        guard selection.from == .earliest, selection.to == .latest else {
            throw UsageError(
                "--from and --to are places in the log: an export is read whole (--order and --type select)")
        }
        return try await ExportReader.withFile(file) { path in
            try await body(ReplaySource(try ExportReader(path: path), selection, progress, logReader: nil))
        }
    }
}

/// Where a replay's events come from.
struct ReplaySource {
    let records: SelectedRecords
    /// nil for a file: it doesn't grow.
    let logReader: LogReader?

    init(_ source: any RecordSource, _ selection: LogSelection, _ progress: Progress, logReader: LogReader?) {
        records = SelectedRecords(source, selection) { progress.advance(by: $0) }
        self.logReader = logReader
    }
}
