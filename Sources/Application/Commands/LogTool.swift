import Arguments
import EventLog
import LogTools
import Telemetry
import Timestamps

/// What the tools of the log have in common.
enum LogTool {
    static let options = [CommonOptions.kafka, CommonOptions.kafkaConfig, CommonOptions.data]

    static let selection = [
        Option(name: "topic", value: "TOPIC", help: "The topic; several times for several", repeatable: true),
        Option(
            name: "from", value: "PLACE", help: "Where to begin: \(LogPlace.forms)", default: "earliest"),
        Option(name: "to", value: "PLACE", help: "Where to end, without what stands there", default: "latest"),
        Option(name: "order", value: "ID", help: "Only records with this key: an order, or a product"),
        Option(name: "type", value: "TYPE", help: "Only events of this type, such as OrderConfirmed"),
    ]

    /// `topics`: those that are meant where none is given.
    static func selection(_ arguments: ParsedArguments, topics: [String]) throws(UsageError) -> LogSelection {
        let given = arguments.values("topic")
        return LogSelection(
            topics: given.isEmpty ? topics : given, from: try place("from", arguments),
            to: try place("to", arguments), key: arguments.value("order"), type: arguments.value("type"))
    }

    private static func place(_ name: String, _ arguments: ParsedArguments) throws(UsageError) -> LogPlace {
        guard let place = LogPlace(try arguments.required(name), now: .now()) else {
            throw arguments.wrong(name, "is not \(LogPlace.forms)")
        }
        return place
    }

    /// Runs a tool on a log that is there already, and lets go of it.
    static func withLog(
        _ arguments: ParsedArguments, _ body: (any EventLog) async throws -> Int32
    ) async throws -> Int32 {
        let sink = LogSink(descriptor: 2)
        let logger = Logger(service: "log", level: .error, format: .text, sink: sink)
        let log = try await CommonOptions.log(arguments).openExisting(logger: logger)
        do {
            let code = try await body(log)
            await log.close()
            return code
        } catch {
            await log.close()
            throw error
        }
    }
}
