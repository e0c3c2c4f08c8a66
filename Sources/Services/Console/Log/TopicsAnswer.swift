import EventLog
import Events
import JSON
import JSONSchema

/// The topics of the log: those of the shop with how far they reach, and others by name, for a log may be shared.
struct TopicsAnswer: Sendable {
    /// Whose ranges are told: the shop's, and dead letters.
    private static let mostRanges = 40

    private let topics: [(topic: TopicDescription, isOurs: Bool, ranges: [PartitionRange]?)]

    /// Throws an `EventLogError`.
    static func find(in log: any EventLog) async throws -> TopicsAnswer {
        let topics = try await log.topics()
        let ours = Set(Topics.declared.map(\.name))
        let looked = topics.filter { ours.contains($0.name) || $0.name.hasSuffix(".dlq") }.prefix(mostRanges)
        let ranges = try await withThrowingTaskGroup(
            of: (String, [PartitionRange]).self, returning: [String: [PartitionRange]].self
        ) { group in
            for topic in looked { group.addTask { (topic.name, try await log.ranges(topic: topic.name)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        return TopicsAnswer(topics: topics.map { ($0, ours.contains($0.name), ranges[$0.name]) })
    }

    private init(topics: [(topic: TopicDescription, isOurs: Bool, ranges: [PartitionRange]?)]) {
        self.topics = topics.filter(\.isOurs) + topics.filter { !$0.isOurs }
    }

    func json() -> [UInt8] {
        var json = JSONWriter(capacity: 4 << 10)
        json.object { json in
            json.key("topics")
            json.array { json in
                for (topic, isOurs, ranges) in topics {
                    json.object { json in
                        json.field("name", topic.name)
                        json.field("ours", isOurs)
                        json.field("partition_count", Int64(topic.partitions))
                        json.key("retention_ms")
                        if let retention = topic.retention { json.int(retention) } else { json.null() }
                        if let ranges {
                            json.field("records", ranges.reduce(0) { $0 + $1.end - $1.earliest })
                            json.key("partitions")
                            json.array { json in for range in ranges { range.write(to: &json) } }
                        }
                    }
                }
            }
        }
        return json.finish()
    }

    static let schema = JSONSchema.named(
        "Topics",
        .object([
            .required(
                "topics",
                .array(
                    of: .object([
                        .required("name", .text().example("orders")),
                        .required("ours", .boolean.described("Whether it is one of the shop's.")),
                        .required("partition_count", .integer(0...Int64(Int32.max))),
                        .required(
                            "retention_ms",
                            .integer(0...Int64.max).orNull.described("How long records are kept; null: for ever.")),
                        .optional(
                            "records",
                            .integer(0...Int64.max).described("Offsets that it reaches over; of the shop's topics.")),
                        .optional("partitions", .array(of: PartitionRange.schema)),
                    ])))
        ]))

    static let example = """
        {"topics":[{"name":"orders","ours":true,"partition_count":1,"retention_ms":null,"records":18,\
        "partitions":[{"partition":0,"earliest":0,"end":18}]}]}
        """
}
