import Arguments
import EventLog
import Events
import Foundation
import LogTools
import Progress

/// `orderlog events tail|export|import`
enum EventsCommand {
    private static let shopTopics = [Topics.orders, Topics.inventory]

    static var command: Command {
        Command(
            name: "events", summary: "Look at the log, write it to a file, bring it into another log",
            examples: [
                "orderlog events tail --follow", "orderlog events tail --from=-15m --type OrderConfirmed --json",
                "orderlog events export orders.ndjson --topic orders",
                "orderlog events import orders.ndjson --kafka 127.0.0.1:9092",
            ],
            subcommands: [tail, export, bringIn])
    }

    private static var tail: Command {
        Command(
            name: "tail", summary: "Show events in the order of time",
            discussion: "The topics of the shop, unless --topic says otherwise.",
            options: LogTool.options + LogTool.selection + [
                Option(name: "follow", short: "f", help: "Go on with what is appended, until Ctrl-C"),
                Option(name: "json", help: "One JSON object a line, with everything"),
            ]
        ) { arguments in
            let selection = try LogTool.selection(arguments, topics: shopTopics)
            let isJSON = arguments.flag("json")
            let inColour = !isJSON && isatty(STDOUT_FILENO) == 1
            return try await LogTool.withLog(arguments) { log in
                let reader = LogReader(log, try await selection.stretches(of: log))
                let output = try LineWriter(path: "-")
                while true {
                    let records = try await reader.next()
                    for record in records where selection.matches(record) {
                        try output.write(
                            isJSON ? RecordJSON.line(record) : Array(RecordText.line(record, inColour: inColour).utf8))
                    }
                    if records.isEmpty {
                        try output.flush()
                        guard arguments.flag("follow") else { return 0 }
                        // A person looks at it: five times a second is at once.
                        try await Task.sleep(for: .milliseconds(200))
                        try await reader.extend()
                    }
                }
            }
        }
    }

    private static var export: Command {
        Command(
            name: "export", summary: "Write events to a file, one JSON object a line",
            discussion: """
                Byte for byte: keys, headers, values, timestamps, and the order within each partition. - is standard
                output.
                """,
            options: LogTool.options + LogTool.selection,
            arguments: [Positional(name: "FILE", help: "Where to, or -")]
        ) { arguments in
            let selection = try LogTool.selection(arguments, topics: shopTopics)
            return try await LogTool.withLog(arguments) { log in
                let reader = LogReader(log, try await selection.stretches(of: log))
                let output = try LineWriter(path: arguments.positional("FILE"))
                let progress = Progress()
                progress.begin("exporting", total: reader.remaining)
                var count = 0
                while true {
                    let records = try await reader.next()
                    if records.isEmpty { break }
                    for record in records where selection.matches(record) {
                        try output.write(RecordJSON.line(record))
                        count += 1
                    }
                    progress.advance(by: records.count)
                }
                try output.flush()
                progress.end()
                say("exported \(count) records")
                return 0
            }
        }
    }

    private static var bringIn: Command {
        Command(
            name: "import", summary: "Append what was exported to a log",
            discussion: """
                The file is read through before anything is written: what can't be imported is named, and nothing is
                written. A topic that holds records already is refused without --append.
                """,
            options: LogTool.options + [
                Option(name: "topic", value: "TOPIC", help: "Where all records go, whatever topic they came from"),
                Option(name: "append", help: "Also to topics that hold records already"),
                Option(name: "dry-run", help: "Say what would be done, and write nothing"),
            ],
            arguments: [Positional(name: "FILE", help: "What `events export` wrote")]
        ) { arguments in
            let path = arguments.positional("FILE")
            return try await LogTool.withLog(arguments) { log in
                let work = LogImport(into: log, topic: arguments.value("topic"))
                let count = try await check(path, work, isAppending: arguments.flag("append"))
                if arguments.flag("dry-run") {
                    say("would import \(count) records; nothing was written")
                    return 0
                }
                let progress = Progress()
                progress.begin("importing", total: Int64(count))
                do {
                    try await forEachLine(of: path) { line in
                        try await work.add(line)
                        progress.advance(by: 1)
                    }
                    try await work.flush()
                } catch {
                    progress.end()
                    throw Failure("\(error); \(work.imported) of \(count) records are imported")
                }
                progress.end()
                say("imported \(work.imported) records")
                return 0
            }
        }
    }

    /// Reads the whole file before anything is written; answers how many records it has.
    private static func check(_ path: String, _ work: LogImport, isAppending: Bool) async throws -> Int {
        var count = 0
        try await forEachLine(of: path) { line in
            try await work.check(line)
            count += 1
        }
        let present = try await work.present()
        guard isAppending || present == 0 else {
            throw Failure(
                "\(work.topics.joined(separator: " and ")) hold \(present) records already: --append adds to them")
        }
        work.rewind()
        return count
    }

    private static func forEachLine(of path: String, _ body: ([UInt8]) async throws -> Void) async throws {
        guard path != "-" else { throw Failure("import reads its file twice: give a file, not -") }
        var reader: LineReader
        do {
            reader = try LineReader(path: path)
        } catch {
            throw Failure("\(path) can't be read: \(error.localizedDescription)")
        }
        while let (line, isWhole) = try reader.next() {
            guard isWhole else { throw Failure("\(path) is cut off in its last line: export it again") }
            try await body(line)
        }
    }

    /// For people, beside what goes to standard output.
    private static func say(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
