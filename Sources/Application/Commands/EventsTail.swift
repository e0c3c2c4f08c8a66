import Arguments
import EventLog
import Foundation
import LogTools
import ServiceLife

/// `orderlog events tail`
enum EventsTail {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "tail", summary: "Show events in the order of time",
            discussion: """
                The topics of the shop, unless --topic says otherwise; all that there is, unless --last or --from says where to begin. With \
                --follow it goes on, also when the log was away for a while.
                """,
            options: LogTool.options + LogTool.selection + [
                Option(name: "last", short: "n", value: "N", help: "Begin with the last so many that are selected"),
                Option(name: "follow", short: "f", help: "Go on with what is appended, until Ctrl-C"),
                Option(name: "json", help: "One JSON object a line, with everything"),
            ]
        ) { arguments in
            let selection = try LogTool.selection(arguments, topics: EventsCommand.shopTopics)
            guard !arguments.flag("follow") || selection.to == .latest else {
                throw UsageError("--follow goes on until Ctrl-C: leave out --to")
            }
            let last = try arguments.intIfGiven("last", in: LastRecords.counts)
            guard last == nil || !arguments.isOnCommandLine("from") else {
                throw UsageError("--last and --from both say where to begin: say one")
            }
            let isJSON = arguments.flag("json")
            let inColour =
                !isJSON && isatty(STDOUT_FILENO) == 1 && Terminal.wantsColour(ProcessInfo.processInfo.environment)
            return try await LogTool.stoppable(shutdown) {
                try await LogTool.withLog(arguments) { log in
                    let stretches =
                        if let last {
                            try await LastRecords.stretches(last, of: selection, in: log)
                        } else {
                            try await selection.stretches(of: log)
                        }
                    let output = Output(lines: try LineWriter(path: "-"), isJSON: isJSON, inColour: inColour)
                    do {
                        if arguments.flag("follow") {
                            return try await follow(log, stretches, selection, output, arguments)
                        }
                        return try await show(LogReader(log, stretches), selection, output)
                    } catch is OutputClosed {
                        // `| head` has what it wanted.
                        return 0
                    }
                }
            }
        }
    }

    private struct Output {
        var lines: LineWriter
        var isJSON: Bool
        var inColour: Bool

        func show(_ records: [StoredRecord]) throws {
            let text =
                isJSON ? shownJSON(RecordJSON.lines(records)) : RecordText.lines(records, inColour: inColour)
            try lines.write(text, count: records.count)
        }
    }

    private static func show(_ reader: LogReader, _ selection: LogSelection, _ output: Output) async throws -> Int32 {
        var (seen, shown) = (0, 0)
        while !Task.isCancelled {
            let records = try await reader.next()
            let selected = selection.isAll ? records : records.filter(selection.matches)
            try output.show(selected)
            (seen, shown) = (seen + records.count, shown + selected.count)
            guard records.isEmpty else { continue }
            try output.lines.flush()
            // Silence would not tell a key or a type that nothing has from a log that is empty.
            if shown == 0, seen > 0 { LogTool.say("none of the \(seen) events there is one of these") }
            return 0
        }
        try output.lines.flush()
        return Stopped.exitCode
    }

    /// Ctrl-C is how it ends.
    private static func follow(
        _ log: any EventLog, _ stretches: [LogSelection.Stretch], _ selection: LogSelection, _ output: Output,
        _ arguments: ParsedArguments
    ) async throws -> Int32 {
        let tail = LogTail(log, stretches, selection) { log in
            try await reopened(log, arguments)
        } tell: { news in
            switch news {
            case .away(let reason): LogTool.say("the log is away, and is asked again: \(reason)")
            case .back: LogTool.say("the log is back")
            case .another: LogTool.say("another log is there now; this is from its beginning")
            }
        }
        do {
            try await tail.run({ try output.show($0) }, rest: { try output.lines.flush() })
        } catch is CancellationError {
        } catch {
            await tail.close()
            throw error
        }
        await tail.close()
        try output.lines.flush()
        return 0
    }

    /// The log anew where its file is gone, or is another one; nil: the one that is open will do. Kafka's client connects again by
    /// itself.
    private static func reopened(_ log: any EventLog, _ arguments: ParsedArguments) async throws -> (any EventLog)? {
        guard log is EmbeddedEventLog, await !log.isReachable(within: 1) else { return nil }
        do {
            return try await LogTool.open(arguments, for: .reading)
        } catch let error as EventLogError {
            throw error
        } catch {
            throw EventLogError(.unavailable, "\(error)")
        }
    }
}
