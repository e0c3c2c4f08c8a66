import Arguments
import Databases
import EventLog
import LogTools
import Progress
import SQLite
import ServiceLife

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
            LogTool.partial, ScratchDatabase.option,
            Option(
                name: "compare", value: "URL",
                help:
                    "The live database, \(DatabaseLocation.forms): list what is otherwise there; exit 1 when anything is, 2 when it can't be told"
            ),
            CommonOptions.passwordFile("compare"),
            Option(
                name: "wait", value: "SECONDS",
                help: "With --compare: how long what does not agree may take until it does", default: "20"),
            Option(name: "batch", value: "N", help: "Events a transaction", default: "1000"),
            LogTool.json,
        ]

    /// A comparison of nothing would always agree.
    static let nothingSelected = Failure("no event is selected, so there is nothing to compare")

    static func patience(_ arguments: ParsedArguments) throws -> Duration {
        .seconds(try arguments.int("wait", in: 0...3_600))
    }

    /// What a replay works with.
    struct Setting {
        let source: ReplaySource
        let scratch: SQLiteDatabase
        /// What `--compare` names.
        let live: DatabaseLocation?
        let batch: Int
        let progress: Progress
    }

    /// Opens what the arguments name, runs `body` and lets go of it again. `purpose` says what is replayed.
    static func run(
        _ arguments: ParsedArguments, _ shutdown: ShutdownSignal, _ selection: LogSelection, purpose: String,
        migrations: [SQLiteMigration], _ body: @escaping @Sendable (Setting) async throws -> Int32
    ) async throws -> Int32 {
        let batch = try arguments.int("batch", in: 1...100_000)
        guard arguments.value("file") == nil || (selection.from == .earliest && selection.to == .latest) else {
            throw UsageError("--from and --to are places in the log, and an export is read whole")
        }
        do {
            // Standard input is read before Ctrl-C means anything but the end.
            let code = try await withFile(arguments) { file in
                try await LogTool.stoppable(shutdown) {
                    let progress = Progress()
                    defer { progress.end() }
                    return try await withSource(file, arguments, selection, progress) { source in
                        let live =
                            arguments.value("compare") == nil
                            ? nil : try CommonOptions.location("compare", arguments)
                        let scratch = try await ScratchDatabase.open(
                            arguments, purpose: purpose, migrations: migrations)
                        let result: Result<Int32, any Error>
                        do {
                            result = .success(
                                try await body(
                                    Setting(
                                        source: source, scratch: scratch.database, live: live, batch: batch,
                                        progress: progress)))
                        } catch {
                            result = .failure(error)
                        }
                        await scratch.close()
                        return try result.get()
                    }
                }
            }
            if arguments.value("compare") != nil, let trouble = ToolOutput.trouble() { throw Failure(trouble) }
            return code
        } catch let error as UsageError {
            throw error
        } catch {
            guard arguments.value("compare") != nil else { throw error }
            LogTool.say("\(arguments.path.joined(separator: " ")): could not tell: \(error)")
            return 2
        }
    }

    private static func withFile(
        _ arguments: ParsedArguments, _ body: (ExportFile?) async throws -> Int32
    ) async throws -> Int32 {
        guard let path = arguments.value("file") else { return try await body(nil) }
        return try await ExportFile.with(path, mayBePart: arguments.flag("partial"), body)
    }

    private static func withSource(
        _ file: ExportFile?, _ arguments: ParsedArguments, _ selection: LogSelection, _ progress: Progress,
        _ body: (ReplaySource) async throws -> Int32
    ) async throws -> Int32 {
        if let file {
            return try await body(ReplaySource(try ExportReader(file), selection, progress, logReader: nil))
        }
        return try await LogTool.withLog(arguments) { log in
            let reader = LogReader(log, try await selection.stretches(of: log))
            return try await body(ReplaySource(reader, selection, progress, logReader: reader))
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
