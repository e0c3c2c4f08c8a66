import Arguments
import EventLog
import Foundation
import Headers
import JSON
import LogTools
import ServiceHost
import Timestamps
import VisibleText

/// `orderlog dlq list|show|redrive`
enum DlqCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "dlq", summary: "Dead letters: what is there and why, and back to their group after a fix",
            examples: [
                "orderlog dlq list", "orderlog dlq show orders.notification-service.dlq/0:3",
                "orderlog dlq redrive --all --error 'unknown ce_type' --dry-run",
            ],
            subcommands: [list, show, redrive(shutdown)])
    }

    private static let filters = [
        Option(name: "topic", value: "TOPIC", help: "Only this dead-letter topic", repeatable: true),
        Option(name: "error", value: "TEXT", help: "Only those whose error has this in it"),
    ]

    private static var list: Command {
        Command(
            name: "list", summary: "Dead letters that wait, by topic, oldest first",
            options: LogTool.options + filters + [
                Option(name: "all", help: "Those that were redriven too"), LogTool.json,
            ]
        ) { arguments in
            try await LogTool.withLog(arguments) { log in
                let letters = try await selected(arguments, log, redrivenToo: arguments.flag("all"))
                if arguments.flag("json") {
                    for letter in letters { printJSON(json(letter)) }
                    return 0
                }
                guard !letters.isEmpty else {
                    print("no dead letters wait")
                    return 0
                }
                print(
                    Table.text(
                        [["PLACE", "SINCE", "TYPE", "KEY", "TRIES", "STATE", "ERROR"]]
                            + letters.map { letter in
                                [
                                    letter.place.text, Timestamp(milliseconds: letter.record.timestamp).rfc3339,
                                    RecordText.type(letter.record), RecordText.key(letter.record),
                                    "\(letter.attempts)", letter.state.rawValue,
                                    RecordText.brief(letter.error),
                                ]
                            }))
                return 0
            }
        }
    }

    private static var show: Command {
        Command(
            name: "show", summary: "A dead letter in full", options: LogTool.options + [LogTool.json],
            arguments: [Positional(name: "PLACE", help: "TOPIC/PARTITION:OFFSET, as `dlq list` has it")]
        ) { arguments in
            let place = try place(arguments.positional("PLACE"))
            return try await LogTool.withLog(arguments) { log in
                let letter = try await DeadLetters(log).letter(at: place)
                if arguments.flag("json") {
                    printJSON(RecordJSON.line(letter.record))
                    return 0
                }
                let record = letter.record
                print("place      \(place.text)  \(Timestamp(milliseconds: record.timestamp).rfc3339)")
                let state =
                    switch letter.state {
                    case .waits: "waits for \(letter.group.printable())"
                    case .redriven: "redriven to \(letter.group.printable())"
                    case .foreign: "foreign: it has no dlq headers, so no group put it there"
                    }
                print("state      \(state)")
                print("came from  \(letter.origin.printable())")
                if let cut = letter.cut { print("cut        \(cut.printable())") }
                print("error      \(letter.error.printable())")
                print("key        \(RecordText.printable(record.key))")
                for header in record.headers {
                    print("header     \(header.name.printable()): \(RecordText.printable(header.value))")
                }
                print("value      \(RecordText.printable(record.value))")
                return 0
            }
        }
    }

    private static func redrive(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "redrive", summary: "Send dead letters back to the group that could not handle them",
            discussion: """
                After a fix. A record goes to its topic again, under the same ce_id and for that group alone; what fails \
                again comes back with its tries counted and its history in headers. Each goes once a call.
                """,
            options: LogTool.options + filters + [
                Option(name: "all", help: "All that wait, and are selected"),
                Option(name: "dry-run", help: "Say what would be done, and do nothing"),
            ],
            arguments: [
                Positional(
                    name: "PLACE", help: "TOPIC/PARTITION:OFFSET, as `dlq list` has it", required: false,
                    repeatable: true)
            ]
        ) { arguments in
            let places = try arguments.positionals("PLACE").map(place)
            guard places.isEmpty == arguments.flag("all") else {
                throw UsageError(
                    places.isEmpty
                        ? "say which: PLACE as `orderlog dlq list` has it, or --all" : "say PLACE or --all, not both")
            }
            guard arguments.flag("all") || (arguments.values("topic").isEmpty && arguments.value("error") == nil) else {
                throw UsageError("--topic and --error select among --all: leave them out beside PLACE")
            }
            return try await LogTool.stoppable(shutdown) {
                try await LogTool.withLog(arguments, for: arguments.flag("dry-run") ? .reading : .writing) { log in
                    try await redrive(places, arguments, log)
                }
            }
        }
    }

    private static func redrive(
        _ places: [LogPosition], _ arguments: ParsedArguments, _ log: any EventLog
    ) async throws -> Int32 {
        let work = DeadLetters(log)
        var letters: [DeadLetters.Letter] = []
        if arguments.flag("all") {
            let all = try await selected(arguments, log, redrivenToo: false)
            letters = all.filter { !$0.isForeign }
            if letters.count < all.count {
                LogTool.say("\(all.count - letters.count) are left there: no group put them there")
            }
        } else {
            for place in Set(places).sorted(by: { $0.text < $1.text }) {
                letters.append(try await work.letter(at: place))
            }
        }
        if arguments.flag("dry-run") {
            for letter in letters { print("would redrive \(line(letter))") }
            print("would redrive \(letters.count)")
            return 0
        }
        var count = 0
        do {
            try await work.redrive(letters) { letter in
                count += 1
                print("redriven \(line(letter))")
            }
        } catch {
            let rest = "\(count) of \(letters.count) are redriven"
            throw error is CancellationError ? Stopped(rest) : Failure("\(error); \(rest)")
        }
        print("redriven \(count)")
        return 0
    }

    private static func selected(
        _ arguments: ParsedArguments, _ log: any EventLog, redrivenToo: Bool
    ) async throws -> [DeadLetters.Letter] {
        let work = DeadLetters(log)
        let given = arguments.values("topic")
        var letters: [DeadLetters.Letter] = []
        for topic in given.isEmpty ? try await work.topics() : given {
            letters += try await work.letters(of: topic).filter { letter in
                (redrivenToo || !letter.isRedriven)
                    && (arguments.value("error").map { letter.error.contains($0) } ?? true)
            }
        }
        return letters
    }

    private static func place(_ text: String) throws(UsageError) -> LogPosition {
        guard let place = LogPosition(text) else {
            throw UsageError("\(text) is no TOPIC/PARTITION:OFFSET, as `orderlog dlq list` has it")
        }
        return place
    }

    private static func line(_ letter: DeadLetters.Letter) -> String {
        "\(letter.place.text)  \(RecordText.type(letter.record))  \(RecordText.key(letter.record))  to \(RecordText.brief(letter.group))"
    }

    private static func json(_ letter: DeadLetters.Letter) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("place", letter.place.text)
            json.field("origin", letter.origin)
            json.field("group", letter.group)
            json.field("state", letter.state.rawValue)
            json.field("attempts", letter.attempts)
            json.field("error", letter.error)
            json.field("cut", letter.cut)
            json.key("record")
            json.raw(RecordJSON.line(letter.record))
        }
        return json.finish()
    }
}
