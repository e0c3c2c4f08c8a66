import Arguments
import EventLog
import Events
import Foundation
import Identifiers
import LogTools
import Masking
import ServiceLife
import Telemetry
import Timestamps
import VisibleText

/// What the tools of the log have in common.
enum LogTool {
    static let options = [CommonOptions.kafka, CommonOptions.kafkaConfig, CommonOptions.data]

    static let selection =
        [
            Option(
                name: "topic", value: "TOPIC", help: "The topic; several times for several", repeatable: true,
                proposals: Topics.declared.map(\.name))
        ] + eventSelection
    static let eventSelection = [
        Option(
            name: "from", value: "PLACE", help: "Where to begin: \(LogPlace.forms)", default: "earliest"),
        Option(name: "to", value: "PLACE", help: "Where to end, without what stands there", default: "latest"),
        Option(name: "order", value: "ID", help: "Only records with this key: an order, or a product"),
        Option(
            name: "type", value: "TYPE",
            help: "Only events of this type: \(EventTypes.names.joined(separator: ", ")), or any other in full",
            proposals: EventTypes.names),
    ]
    static let partial = Option(
        name: "partial", help: "Also a file that lacks an export's last line, or was changed by hand")
    static let json = Option(name: "json", help: "Print JSON, for machines")
    static let group = Positional(
        name: "GROUP", help: "Its name", proposals: [Topics.notificationGroup, Topics.inventoryGroup])

    /// `topics`: those that are meant where none is given.
    static func selection(_ arguments: ParsedArguments, topics: [String]) throws(UsageError) -> LogSelection {
        let given = arguments.declares("topic") ? arguments.values("topic") : []
        let (from, to) = (try place("from", arguments), try place("to", arguments))
        let named = arguments.declares("topic") ? (from.topic ?? to.topic).map { [$0] } : nil
        let selected = given.isEmpty ? named ?? topics : given
        return LogSelection(
            topics: selected, from: from, to: to, key: try key(arguments, on: selected),
            type: try EventTypes.chosen(arguments, on: selected))
    }

    /// What `--order` says: an order_id, in lower case as it is a key; on other topics than `orders` any key.
    static func key(_ arguments: ParsedArguments, on topics: [String]) throws(UsageError) -> String? {
        guard let text = arguments.value("order") else { return nil }
        if topics == [Topics.orders] {
            guard let order = Identifier(text) else {
                throw arguments.wrong("order", "is no order_id, which is a UUID")
            }
            return order.description
        }
        return text
    }

    private static func place(_ name: String, _ arguments: ParsedArguments) throws(UsageError) -> LogPlace {
        guard let place = LogPlace(try arguments.required(name), now: .now()) else {
            throw arguments.wrong(name, "is not \(LogPlace.forms)")
        }
        return place
    }

    /// Runs a tool on a log that is there already, and lets go of it.
    static func withLog(
        _ arguments: ParsedArguments, for use: LogSettings.Use = .reading,
        _ body: (any EventLog) async throws -> Int32
    ) async throws -> Int32 {
        let log = try await open(arguments, for: use)
        do {
            let code = try await body(log)
            await log.close()
            return code
        } catch let error as EventLogError {
            let advice = await advice(error, log)
            await log.close()
            throw Failure(error.message + advice)
        } catch {
            await log.close()
            throw error
        }
    }

    /// A log that is there already.
    static func open(_ arguments: ParsedArguments, for use: LogSettings.Use) async throws -> any EventLog {
        let sink = LogSink(descriptor: 2)
        let logger = Logger(service: "log", level: .error, format: .text, sink: sink)
        return try await CommonOptions.existingLog(arguments).openExisting(for: use, logger: logger)
    }

    private static func advice(_ error: EventLogError, _ log: any EventLog) async -> String {
        guard error.kind == .unknownTopic, let topics = try? await log.topics().map(\.name) else { return "" }
        guard topics.contains(Topics.orders), topics.contains(Topics.inventory) else {
            return "; `orderlog topics apply` makes those of the shop"
        }
        return "; there are \(topics.joined(separator: ", "))"
    }

    /// Runs `body` so that Ctrl-C, or SIGTERM, cancels it: it is to come to an end and say where it got to, by throwing
    /// `Stopped`, for one.
    static func stoppable(
        _ shutdown: ShutdownSignal, _ body: @escaping @Sendable () async throws -> Int32
    ) async throws -> Int32 {
        shutdown.isAwaited = true
        let work = Task { try await body() }
        let watch = Task {
            await shutdown.wait()
            work.cancel()
        }
        defer { watch.cancel() }
        do {
            return try await work.value
        } catch let stopped as Stopped {
            say("stopped: \(stopped.message)")
            return Stopped.exitCode
        } catch is CancellationError {
            say("stopped")
            return Stopped.exitCode
        }
    }

    /// For people, beside what goes to standard output.
    static func say(_ text: String) {
        var line = Masked.text(text).printable(keepingLines: true) + "\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Whether to go on: `--yes`, or what the person at the terminal answers. Throws where there is nobody to ask.
    static func isConfirmed(
        _ question: String, _ arguments: ParsedArguments, _ shutdown: ShutdownSignal
    ) throws -> Bool {
        if arguments.flag("yes") { return true }
        guard isatty(STDIN_FILENO) == 1 else { throw UsageError("there is nobody to ask: say --yes to go on") }
        // Nothing has been done yet: Ctrl-C ends the program at once.
        shutdown.isAwaited = false
        defer { shutdown.isAwaited = true }
        print("\(question) [y/N] ", terminator: "")
        fflush(nil)
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    static let yes = Option(name: "yes", short: "y", help: "Go on without asking")
}

/// Somebody pressed Ctrl-C.
struct Stopped: Error {
    /// As shells have it for a program that SIGINT ended.
    static let exitCode: Int32 = 130

    /// Where it got to.
    var message: String

    init(_ message: String) {
        self.message = message
    }
}
