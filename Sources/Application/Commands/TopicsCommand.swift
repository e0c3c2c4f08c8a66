import Arguments
import EventLog
import Events
import Glibc
import Telemetry

/// `orderlog topics list|apply`
enum TopicsCommand {
    private static let options = [CommonOptions.kafka, CommonOptions.kafkaConfig, CommonOptions.data]

    static var command: Command {
        Command(
            name: "topics", summary: "Topics as declared against topics as they are",
            subcommands: [
                Command(
                    name: "list", summary: "Show each topic, and how it differs from its declaration",
                    discussion: "Exits 1 when any differs.",
                    options: options + [
                        Option(
                            name: "declared", help: "Print the declaration as JSON (kafka/topics.json) and ask nobody")
                    ]
                ) { arguments in
                    if arguments.flag("declared") {
                        print(Topics.document())
                        return 0
                    }
                    return try await withLog(arguments) { log throws(EventLogError) in try await list(log) }
                },
                Command(
                    name: "apply", summary: "Create the topics that are missing; report what differs",
                    discussion: "Never changes a topic that exists. Exits 1 when any differs.", options: options
                ) { arguments in
                    try await withLog(arguments) { log throws(EventLogError) in
                        try await log.create(Topics.declared)
                        return try await list(log)
                    }
                },
            ])
    }

    private static func list(_ log: any EventLog) async throws(EventLogError) -> Int32 {
        let actual = try await log.topics()
        var rows = [["TOPIC", "PARTITIONS", "REPLICAS", "KEPT", "STATE"]]
        var differs = false
        for declared in Topics.declared {
            let topic = actual.first { $0.name == declared.name }
            let drift = TopicDrift.drift(of: declared, topic)
            if drift != nil { differs = true }
            rows.append([
                declared.name, topic.map { String($0.partitions) } ?? "-",
                topic.map { String($0.replicationFactor) } ?? "-", topic.map { TopicDrift.text($0.retention) } ?? "-",
                drift ?? "as declared",
            ])
        }
        print(Table.text(rows))
        return differs ? 1 : 0
    }

    private static func withLog(
        _ arguments: ParsedArguments, _ body: (any EventLog) async throws(EventLogError) -> Int32
    ) async throws -> Int32 {
        let sink = LogSink(descriptor: STDERR_FILENO)
        let logger = Logger(service: "topics", level: .warning, format: .text, sink: sink)
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

/// Rows of text in columns.
enum Table {
    static func text(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }.joined()
        }.joined(separator: "\n")
    }
}
