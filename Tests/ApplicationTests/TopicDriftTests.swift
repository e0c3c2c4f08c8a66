import EventLog
import Events
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
        #expect(TopicDrift.drift(of: declared, nil) == "missing")
        #expect(TopicDrift.drift(of: declared, actual(3, nil)) == "3 partitions, declared 12")
        #expect(
            TopicDrift.drift(of: declared, actual(12, 86_400_000, compacted: true))
                == "kept 1 days, declared for ever; compacted, declared not")
        var bounded = actual(12, nil)
        bounded.largestBatch = 1_048_588
        bounded.timestampsAhead = 3_600_000
        #expect(
            TopicDrift.drift(of: declared, bounded)
                == "max.message.bytes 1048588, declared 5242880; message.timestamp.after.max.ms 3600000, declared \(Int64.max)"
        )
        bounded.largestBatch = 10_000_000
        bounded.timestampsAhead = nil
        #expect(TopicDrift.drift(of: declared, bounded) == nil, "more than declared is no trouble")
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
