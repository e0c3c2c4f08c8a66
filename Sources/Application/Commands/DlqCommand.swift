import Arguments
import EventLog
import Events
import Foundation
import Headers
import JSON
import LogTools
import ServiceLife
import Timestamps
import VisibleText

/// `orderlog dlq list|show|redrive|discard`
enum DlqCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "dlq", summary: "Dead letters: what is there and why, and back to their group after a fix",
            examples: [
                "orderlog dlq list", "orderlog dlq show orders.notification-service.dlq/0:3",
                "orderlog dlq redrive --all --error 'unknown ce_type' --dry-run",
                "orderlog dlq discard orders.notification-service.dlq/0:3 --why 'a test of the new shop'",
            ],
            subcommands: [list, show, redrive(shutdown), discard(shutdown)])
    }

    private static let filters = [
        Option(
            name: "topic", value: "TOPIC", help: "Only this dead-letter topic", repeatable: true,
            proposals: Topics.declared.map(\.name).filter { $0.hasSuffix(".dlq") }),
        Option(name: "error", value: "TEXT", help: "Only those whose error has this in it"),
    ]

    private static var list: Command {
        Command(
            name: "list", summary: "Dead letters that wait, by topic, oldest first",
            options: LogTool.options + filters + [
                Option(name: "all", help: "Those that were redriven or discarded, too"), LogTool.json,
            ]
        ) { arguments in
            try await LogTool.withLog(arguments) { log in
                let letters = try await selected(arguments, log, endedToo: arguments.flag("all"))
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
                    case .discarded: "discarded: \(letter.discardReason?.printable() ?? "")"
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
        ending(
            "redrive", "Send dead letters back to the group that could not handle them",
            """
            After a fix. A record goes to its topic again, under the same ce_id and for that group alone; what fails \
            again comes back with its tries counted and its history in headers. Each goes once a call. --all leaves what was \
            discarded; who names its PLACE has it sent back all the same.
            """, [], shutdown, redrive)
    }

    private static func discard(_ shutdown: ShutdownSignal) -> Command {
        ending(
            "discard", "Leave dead letters where they are, for good",
            """
            For what nobody will ever send back: nothing was lost with it, or it was mended otherwise. The record stays on its \
            topic with your reason beside it (`dlq list --all`), and no alert tells of it any more.
            """,
            [Option(name: "why", value: "TEXT", help: "The reason, for whoever asks later")], shutdown, discard)
    }

    /// A command that says what becomes of letters.
    private static func ending(
        _ name: String, _ summary: String, _ discussion: String, _ options: [Option], _ shutdown: ShutdownSignal,
        _ body: @escaping @Sendable ([LogPosition], ParsedArguments, any EventLog) async throws -> Int32
    ) -> Command {
        Command(
            name: name, summary: summary, discussion: discussion,
            options: LogTool.options + filters + options + [
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
                    try await body(places, arguments, log)
                }
            }
        }
    }

    /// Those that a command names, or all that wait and are selected.
    private static func chosen(
        _ places: [LogPosition], _ arguments: ParsedArguments, _ log: any EventLog
    ) async throws -> [DeadLetters.Letter] {
        guard !arguments.flag("all") else { return try await selected(arguments, log, endedToo: false) }
        return try await DeadLetters(log).letters(at: places)
    }

    private static func discard(
        _ places: [LogPosition], _ arguments: ParsedArguments, _ log: any EventLog
    ) async throws -> Int32 {
        guard let reason = arguments.value("why"), DeadLetters.reasons.contains(reason.utf8.count) else {
            throw UsageError(
                "say --why, in \(DeadLetters.reasons.upperBound) bytes at most: whoever looks at them later will ask")
        }
        let letters = try await chosen(places, arguments, log)
        return try await carryOut(letters, arguments, "discard", done: "discarded") { done in
            try await DeadLetters(log).discard(letters, why: reason, done: done)
        }
    }

    private static func redrive(
        _ places: [LogPosition], _ arguments: ParsedArguments, _ log: any EventLog
    ) async throws -> Int32 {
        var letters = try await chosen(places, arguments, log)
        if arguments.flag("all") {
            let all = letters.count
            letters.removeAll(where: \.isForeign)
            if letters.count < all {
                LogTool.say("\(all - letters.count) are left there: no group put them there")
            }
        }
        return try await carryOut(letters, arguments, "redrive", done: "redriven") { [letters] done in
            try await DeadLetters(log).redrive(letters, done: done)
        }
    }

    /// Says of each letter what became of it, or with --dry-run what would; where it ends early, how far it came.
    private static func carryOut(
        _ letters: [DeadLetters.Letter], _ arguments: ParsedArguments, _ verb: String, done: String,
        _ act: (_ done: (DeadLetters.Letter) -> Void) async throws -> Void
    ) async throws -> Int32 {
        if arguments.flag("dry-run") {
            for letter in letters { print("would \(verb) \(line(letter))") }
            print("would \(verb) \(letters.count)")
            return 0
        }
        var count = 0
        do {
            try await act { letter in
                count += 1
                print("\(done) \(line(letter))")
            }
        } catch {
            let rest = "\(count) of \(letters.count) are \(done)"
            throw error is CancellationError ? Stopped(rest) : Failure("\(error); \(rest)")
        }
        print("\(done) \(count)")
        return 0
    }

    private static func selected(
        _ arguments: ParsedArguments, _ log: any EventLog, endedToo: Bool
    ) async throws -> [DeadLetters.Letter] {
        try await DeadLetters(log).selected(
            topics: arguments.values("topic"), error: arguments.value("error"), endedToo: endedToo)
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
            letter.writeMembers(to: &json)
            json.key("record")
            json.raw(RecordJSON.line(letter.record))
        }
        return json.finish()
    }
}
