import Arguments
import EventLog
import Events
import VisibleText

/// `orderlog topics list|apply`
enum TopicsCommand {
    static var command: Command {
        Command(
            name: "topics", summary: "Topics as declared against topics as they are",
            subcommands: [
                Command(
                    name: "list", summary: "Show each topic, and how it differs from its declaration",
                    discussion: "Exits 1 when any differs.",
                    options: LogTool.options + [
                        Option(
                            name: "declared", help: "Print the declaration as JSON (kafka/topics.json) and ask nobody")
                    ]
                ) { arguments in
                    if arguments.flag("declared") {
                        print(Topics.document())
                        return 0
                    }
                    return try await LogTool.withLog(arguments) { try await list($0) }
                },
                Command(
                    name: "apply", summary: "Create the topics that are missing; report what differs",
                    discussion: "Never changes a topic that exists. Exits 1 when any differs.", options: LogTool.options
                ) { arguments in
                    try await LogTool.withLog(arguments, for: .writing) { log in
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
}

/// Rows of text in columns.
enum Table {
    /// What the cells hold may be of strangers.
    static func text(_ cells: [[String]]) -> String {
        let rows = cells.map { $0.map { $0.printable() } }
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
