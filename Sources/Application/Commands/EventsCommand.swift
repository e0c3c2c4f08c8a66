import Arguments
import EventLog
import Events
import Foundation
import LogTools
import Progress
import ServiceLife

/// `orderlog events tail|export|import`
enum EventsCommand {
    static let shopTopics = [Topics.orders, Topics.inventory]

    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "events", summary: "Look at the log, write it to a file, bring it into another log",
            examples: [
                "orderlog events tail -n 20 --follow",
                "orderlog events tail --from=-15m --type OrderConfirmed --json",
                "orderlog events export orders.ndjson.gz --topic orders",
                "orderlog events import orders.ndjson.gz --kafka 127.0.0.1:9092",
            ],
            subcommands: [EventsTail.command(shutdown), export(shutdown), bringIn(shutdown)])
    }

    private static func export(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "export", summary: "Write events to a file, one JSON object a line",
            discussion: """
                Byte for byte: keys, headers, values, timestamps, and the order within each partition. The last line counts \
                the records. A name that ends with .gz is compressed; - is standard output. Until it is complete the file is \
                FILE.partial.
                """,
            options: LogTool.options + LogTool.selection + [
                Option(
                    name: "force", help: "Also where a file of that name is there already; a database is never replaced"
                )
            ],
            arguments: [Positional(name: "FILE", help: "Where to, or -")]
        ) { arguments in
            let selection = try LogTool.selection(arguments, topics: shopTopics)
            try LineWriter.refuse(arguments.positional("FILE"), mayReplace: arguments.flag("force"))
            return try await LogTool.stoppable(shutdown) {
                try await LogTool.withLog(arguments) { log in
                    let reader = LogReader(log, try await selection.stretches(of: log))
                    let output = try LineWriter(
                        path: arguments.positional("FILE"), mayReplace: arguments.flag("force"))
                    let progress = Progress()
                    progress.begin("exporting", total: reader.remaining ?? 0)
                    do {
                        while true {
                            let records = try await reader.next()
                            if records.isEmpty { break }
                            let selected = selection.isAll ? records : records.filter(selection.matches)
                            try output.write(RecordJSON.lines(selected), count: selected.count)
                            progress.advance(by: records.count)
                            try Task.checkCancellation()
                        }
                        try output.write(RecordJSON.end(count: output.given), count: 0)
                        try output.end(isComplete: true)
                    } catch {
                        progress.end()
                        try? output.end(isComplete: false)
                        let rest =
                            "\(output.place) holds the first \(output.written) records, and the export is not complete"
                        throw error is CancellationError ? Stopped(rest) : Failure("\(error); \(rest)")
                    }
                    progress.end()
                    LogTool.say("exported \(output.written) records")
                    return 0
                }
            }
        }
    }

    private static func bringIn(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "import", summary: "Append what was exported to a log",
            discussion: """
                The file is read through before anything is written: what can't be imported is named, and nothing is
                written. A topic that holds records already is refused without --append, and a file that isn't all of an
                export without --partial. - is standard input.
                """,
            options: LogTool.options + [
                Option(name: "topic", value: "TOPIC", help: "Where all records go, whatever topic they came from"),
                Option(name: "append", help: "Also to topics that hold records already"),
                LogTool.partial,
                Option(
                    name: "any-partitions",
                    help: "Also where the topic has another number of partitions, so that keys change places"),
                Option(
                    name: "speed", value: "SPEED",
                    help: "max, or the recorded pace so many times as fast: 1x, 10x, 0.5x", default: "max"),
                Option(name: "dry-run", help: "Say what would be done, and write nothing"),
            ],
            arguments: [Positional(name: "FILE", help: "What `events export` wrote, or -")]
        ) { arguments in
            let speed = try speed(arguments)
            // Standard input is read before Ctrl-C means anything but the end.
            return try await ExportFile.with(
                arguments.positional("FILE"), mayBePart: arguments.flag("partial")
            ) { file in
                try await LogTool.stoppable(shutdown) {
                    try await LogTool.withLog(arguments, for: .writing) { log in
                        let work = LogImport(into: log, topic: arguments.value("topic"), pace: Pace(speed: speed))
                        return try await bringIn(file, work, arguments)
                    }
                }
            }
        }
    }

    private static func bringIn(
        _ file: ExportFile, _ work: LogImport, _ arguments: ParsedArguments
    ) async throws -> Int32 {
        let progress = Progress()
        progress.begin("checking", total: 0)
        defer { progress.end() }
        let count = try await work.check(file, anyPartitions: arguments.flag("any-partitions")) {
            progress.advance(by: $0)
        }
        progress.end()
        let present = try await work.present()
        guard arguments.flag("append") || present == 0 else {
            throw Failure(
                "\(work.topics.joined(separator: " and ")) hold \(present) records already: --append adds to them")
        }
        if arguments.flag("dry-run") {
            LogTool.say("would import \(count) records; nothing was written")
            return 0
        }
        progress.begin("importing", total: Int64(count))
        do {
            try await work.run(file) { progress.advance(by: $0) }
            guard work.imported == count else { throw ToolError("\(file.name) was changed meanwhile") }
        } catch {
            let rest = "\(work.imported) of \(count) records are imported"
            throw error is CancellationError ? Stopped(rest) : Failure("\(error); \(rest)")
        }
        progress.end()
        LogTool.say("imported \(work.imported) records")
        return 0
    }

    /// nil: as fast as it goes.
    private static func speed(_ arguments: ParsedArguments) throws(UsageError) -> Double? {
        let text = try arguments.required("speed")
        if text == "max" { return nil }
        guard text.last == "x", let factor = Double(text.dropLast()), Pace.speeds.contains(factor) else {
            throw arguments.wrong("speed", "is not max, nor 1x, 10x or the like from 0.001x to 1000000x")
        }
        return factor
    }
}
