import EventLog
import Testing

@testable import Application

@Suite struct TopicDriftTests {
    private let declared = TopicDeclaration(name: "orders", partitions: 12, retention: nil)

    private func actual(_ partitions: Int32, _ retention: Int64?, compacted: Bool = false) -> TopicDescription {
        TopicDescription(
            name: "orders", partitions: partitions, replicationFactor: 1, retention: retention, compacted: compacted)
    }

    @Test func differencesAreNamed() {
        #expect(TopicDrift.drift(of: declared, actual(12, nil)) == nil)
        #expect(TopicDrift.drift(of: declared, nil)?.text == "missing")
        #expect(TopicDrift.drift(of: declared, actual(3, nil))?.text == "3 partitions, declared 12")
        #expect(
            TopicDrift.drift(of: declared, actual(12, 86_400_000, compacted: true))?.text
                == "kept 1 days, declared for ever; compacted, declared not")
        var bounded = actual(12, nil)
        bounded.largestBatch = 1_048_588
        bounded.timestampsAhead = 3_600_000
        #expect(
            TopicDrift.drift(of: declared, bounded)?.text
                == "max.message.bytes 1048588, declared 5242880; message.timestamp.after.max.ms 3600000, declared \(Int64.max)"
        )
        bounded.largestBatch = 10_000_000
        bounded.timestampsAhead = nil
        #expect(TopicDrift.drift(of: declared, bounded) == nil, "more than declared is no trouble")
    }

    /// What would remove records, or refuse some that were taken, is not done unasked.
    @Test func whatLowersALimitIsKnown() throws {
        let letters = TopicDeclaration(name: "orders.g.dlq", partitions: 1, retention: 1_000)
        var kept = actual(1, nil)
        #expect(TopicDrift.drift(of: letters, kept)?.differences.map(\.isRaise) == [false])
        kept.retention = 10
        let drift = try #require(TopicDrift.drift(of: letters, kept)?.differences.first)
        #expect(drift.isRaise && drift.setting?.text == "retention.ms=1000")
        var mean = actual(12, nil, compacted: true)
        (mean.retentionBytes, mean.isStampedByBroker, mean.timestampsBehind) = (1_000, true, 5)
        let differences = try #require(TopicDrift.drift(of: declared, mean)?.differences)
        #expect(
            differences.compactMap(\.setting?.text) == [
                "retention.bytes=-1", "cleanup.policy=delete", "message.timestamp.type=CreateTime",
                "message.timestamp.before.max.ms=\(Int64.max)",
            ])
        #expect(!differences.contains { !$0.isRaise })
    }

    /// Between two looks a topic may be deleted, and made anew by whoever sends to it.
    @Test func whatATopicHasLostIsSeen() {
        func ranges(_ ends: Int64...) -> [PartitionRange] {
            ends.enumerated().map { PartitionRange(partition: Int32($0.offset), earliest: 0, end: $0.element) }
        }
        var seen = SeenTopics()
        #expect(seen.loss(of: "orders", now: []) == nil)
        #expect(seen.loss(of: "orders", now: ranges(0, 0)) == nil)
        #expect(seen.loss(of: "orders", now: ranges(3, 4)) == nil)
        #expect(seen.loss(of: "orders", now: ranges(3, 5)) == nil)
        #expect(seen.loss(of: "orders", now: ranges(7))?.contains("had 8 records") == true)
        #expect(seen.loss(of: "orders", now: ranges(7)) == nil, "told once")
        #expect(seen.loss(of: "orders", now: [])?.contains("was deleted, with 7 records") == true)
        #expect(seen.loss(of: "orders", now: ranges(0, 0)) == nil)
    }
}

@Suite struct KafkaPropertiesTests {
    @Test func linesAreProperties() throws {
        let text = "# TLS\nsecurity.protocol = SASL_SSL\n\nsasl.password=a=b \n"
        #expect(
            try KafkaProperties.parse(text, path: "x") == ["security.protocol": "SASL_SSL", "sasl.password": "a=b"])
        #expect(throws: Failure.self) { try KafkaProperties.parse("security.protocol", path: "x") }
    }
}

@Suite struct TableTests {
    @Test func columnsStandInLine() {
        #expect(Table.text([["A", "BB"], ["long", "x"]]) == "A     BB\nlong  x")
    }
}
