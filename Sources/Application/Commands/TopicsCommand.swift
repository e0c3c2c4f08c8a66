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
                    name: "apply", summary: "Create the topics that are missing, and lift limits that are set too low",
                    discussion: """
                        Says each change in a line, and what has to be done by hand: it makes no limit lower unless told, and \
                        the number of partitions of a topic stays as it is. Exits 1 when any differs in the end.
                        """,
                    options: LogTool.options + [
                        Option(
                            name: "lower",
                            help: "Also keep records for no longer than declared: what is older is removed"),
                        Option(
                            name: "retention", value: "TIME",
                            help:
                                "Declare how long the events of orders are kept, as 90d or 36h, or forever, and set it: what is older is removed. Audit and replay then take a log that begins later"
                        ),
                    ]
                ) { arguments in
                    let retention = try retention(arguments)
                    return try await LogTool.withLog(arguments, for: .writing) { log in
                        try await log.create(Topics.declared)
                        if let retention { try await declare(retention, on: log) }
                        let tool = KafkaConfigs(servers: arguments.value("kafka"))
                        for drift in try await TopicDrift.all(in: log) {
                            await apply(drift, log, mayLower: arguments.flag("lower"), tool)
                        }
                        return try await list(log)
                    }
                },
            ])
    }

    /// In milliseconds; the inner nil: for ever. The outer one: nothing was said.
    private static func retention(_ arguments: ParsedArguments) throws(UsageError) -> Int64?? {
        guard let text = arguments.value("retention") else { return nil }
        if text == "forever" { return .some(nil) }
        let hour: Int64 = 60 * 60 * 1_000
        let unit: Int64? = text.hasSuffix("d") ? 24 * hour : text.hasSuffix("h") ? hour : nil
        guard let unit, let count = Int64(text.dropLast()), (1...100_000).contains(count) else {
            throw arguments.wrong("retention", "is not forever, or days or hours as 90d or 36h")
        }
        return .some(count * unit)
    }

    private static func declare(_ retention: Int64?, on log: any EventLog) async throws(EventLogError) {
        if try await DeclaredRetention.read(log) != .some(retention) {
            try await DeclaredRetention.declare(retention, on: log)
        }
        try await log.change(Topics.orders, to: [TopicSetting(.retention, "\(retention ?? -1)")])
        print("\(Topics.orders): kept \(TopicDrift.text(retention)), as declared now")
    }

    private static func apply(
        _ drift: TopicDrift, _ log: any EventLog, mayLower: Bool, _ tool: KafkaConfigs
    ) async {
        var due: [(text: String, setting: TopicSetting)] = []
        for difference in drift.differences {
            if let setting = difference.setting, difference.isRaise || mayLower {
                due.append((difference.text, setting))
            } else {
                let advice = difference.setting.map { "left as it is; say --lower" + tool.line(drift.topic, $0) }
                print("\(drift.topic): \(difference.text): \(advice ?? "that can't be changed")")
            }
        }
        if due.isEmpty { return }
        // All at once: what was changed a moment ago may not be known everywhere yet.
        var refusal: EventLogError?
        do throws(EventLogError) {
            try await log.change(drift.topic, to: due.map(\.setting))
        } catch {
            refusal = error
        }
        for (text, setting) in due {
            let outcome = refusal.map { "not changed: \($0.message.printable())" + tool.line(drift.topic, setting) }
            print("\(drift.topic): \(text): \(outcome ?? "now \(setting.text)")")
        }
    }

    private static func list(_ log: any EventLog) async throws(EventLogError) -> Int32 {
        let actual = try await log.describe(Topics.declared.map(\.name))
        var rows = [["TOPIC", "PARTITIONS", "REPLICAS", "KEPT", "STATE"]]
        var differs = false
        for declared in DeclaredRetention.topics(try await DeclaredRetention.read(log)) {
            let topic = actual.first { $0.name == declared.name }
            let drift = TopicDrift.drift(of: declared, topic)
            if drift != nil { differs = true }
            rows.append([
                declared.name, topic.map { String($0.partitions) } ?? "-",
                topic.map { String($0.replicationFactor) } ?? "-", topic.map { TopicDrift.text($0.retention) } ?? "-",
                drift?.text ?? "as declared",
            ])
        }
        print(Table.text(rows))
        return differs ? 1 : 0
    }
}

/// How Kafka's own tool makes a change, for those who may do it while we may not.
private struct KafkaConfigs {
    /// nil: the log is none of Kafka's.
    var servers: String?

    func line(_ topic: String, _ setting: TopicSetting) -> String {
        guard let servers else { return "" }
        return
            ", or: kafka-configs.sh --bootstrap-server \(servers) --alter --entity-type topics --entity-name \(topic)"
            + " --add-config \(setting.text)"
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
