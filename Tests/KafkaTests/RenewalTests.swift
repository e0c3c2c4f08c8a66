import Synchronization
import TestBroker
import Testing

@testable import Kafka

/// Clients are made anew, again and again, while they are used.
@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"), .timeLimit(.minutes(2)))
struct RenewalTests {
    private static let partitions: Int32 = 4
    /// Records of a partition.
    private static let each = 1_000
    private let certificates = KafkaCertificates(of: [:])

    private static func record(_ topic: String, _ partition: Int32, _ number: Int) -> KafkaRecord {
        KafkaRecord(topic: topic, partition: partition, value: Array(String(number).utf8))
    }

    /// -1: it has none.
    private static func number(_ message: KafkaMessage) -> Int {
        message.value.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? -1
    }

    @Test func eachRecordIsThereOnceAndInItsOrder() async throws {
        try await withTopic(partitions: Self.partitions, certificates: certificates) { configuration, _, topic in
            let producer = try KafkaProducer(configuration, log: { _ in })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for partition in 0..<Self.partitions {
                    group.addTask {
                        for first in stride(from: 0, to: Self.each, by: 10) {
                            let batch = (first..<first + 10).map { Self.record(topic, partition, $0) }
                            // While the others' records are on their way.
                            if first % 100 == 0 { try certificates.change(to: [:]) }
                            for outcome in await producer.produce(batch) { _ = try outcome.get() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            await producer.close(within: .seconds(5))
            let admin = try KafkaAdmin(configuration, log: { _ in })
            for partition in 0..<Self.partitions {
                var numbers: [Int] = []
                while numbers.count < Self.each {
                    let page = try await admin.read(
                        KafkaPartition(topic: topic, partition: partition), from: Int64(numbers.count),
                        PageLimit(records: 250, bytes: 1 << 20))
                    if page.isEmpty { break }
                    numbers += page.map(Self.number)
                    // Who reads is made anew as well.
                    try certificates.change(to: [:])
                }
                #expect(numbers == Array(0..<Self.each))
            }
            await admin.close()
        }
    }

    @Test func aMemberReadsOnWhereItWas() async throws {
        try await withTopic(partitions: Self.partitions, certificates: certificates) { configuration, _, topic in
            let producer = try KafkaProducer(configuration, log: { _ in })
            let records = (0..<Self.each).flatMap { number in
                (0..<Self.partitions).map { Self.record(topic, $0, number) }
            }
            for outcome in await producer.produce(records) { _ = try outcome.get() }
            let consumer = try KafkaConsumer(configuration, group: topic, topics: [topic], log: { _ in })
            let seen = try await readAll(consumer, topic)
            #expect(seen.wrong == 0, "records were passed over, or are others")
            // What is handed out is stored before the group is left.
            #expect(seen.repeated == 0)
            await consumer.close()
            await producer.close(within: .seconds(5))
        }
    }

    /// What a member has read, and how far it is.
    private struct Seen {
        var next: [Int32: Int64] = [:]
        var repeated = 0
        var wrong = 0

        var count: Int { Int(next.values.reduce(0, +)) }

        mutating func add(_ message: KafkaMessage) {
            let expected = next[message.partition, default: 0]
            if message.offset > expected || RenewalTests.number(message) != Int(message.offset) { wrong += 1 }
            if message.offset < expected { repeated += 1 }
            next[message.partition] = max(expected, message.offset + 1)
        }

        func positions(_ topic: String) -> [KafkaPosition] {
            next.map { KafkaPosition(topic: topic, partition: $0.key, offset: $0.value) }
        }
    }

    /// The client is made anew while a batch is being worked on, four times.
    private func readAll(_ consumer: KafkaConsumer, _ topic: String) async throws -> Seen {
        var seen = Seen()
        var renewals = 0
        while seen.count < Self.each * Int(Self.partitions) {
            guard let batch = try await consumer.next(limit: 250) else { break }
            if seen.count >= renewals * Self.each {
                renewals += 1
                try certificates.change(to: [:])
            }
            for message in batch { seen.add(message) }
            consumer.store(seen.positions(topic))
        }
        return seen
    }

    /// Whoever waits for records goes on waiting, and can be sent home.
    @Test func aWaitingCallerSeesNothingOfIt() async throws {
        try await withTopic(partitions: Self.partitions, certificates: certificates) { configuration, _, topic in
            let consumer = try KafkaConsumer(configuration, group: topic, topics: [topic], log: { _ in })
            let waiting = Task { try await consumer.next(limit: 10)?.map(Self.number) }
            while consumer.assignment.count < Self.partitions { try await Task.sleep(for: .milliseconds(10)) }
            let former = consumer.core.handle
            try certificates.change(to: [:])
            while consumer.core.state.withLock({ _ in consumer.core.handle === former })
                || consumer.assignment.count < Self.partitions
            {
                try await Task.sleep(for: .milliseconds(10))
            }
            let producer = try KafkaProducer(configuration, log: { _ in })
            _ = try await producer.produce([Self.record(topic, 1, 7)])[0].get()
            let numbers = try await waiting.value
            #expect(numbers == [7])
            await producer.close(within: .seconds(5))
            try certificates.change(to: [:])
            await consumer.close()
            let afterwards = try await consumer.next(limit: 1)
            #expect(afterwards == nil)
        }
    }

    /// The files are read before anything is changed.
    @Test func whatCannotBeReadChangesNothing() throws {
        let before = ["security.protocol": "SASL_SSL", "ssl.cipher.suites": "ALL"]
        let certificates = KafkaCertificates(of: before)
        let renewed = Mutex(0)
        certificates.add(certificates, madeOf: 0) { renewed.withLock { $0 += 1 } }
        for wrong in ["ssl.ca.location": "/nowhere/ca.pem", "ssl.cipher.suites": "none", "ssl.what": "1"] {
            #expect(throws: KafkaError.self) { try certificates.change(to: [wrong.key: wrong.value]) }
        }
        #expect(renewed.withLock { $0 } == 0)
        #expect(certificates.properties == ["ssl.cipher.suites": "ALL"])
        try certificates.change(to: ["ssl.cipher.suites": "HIGH", "acks": "all"])
        #expect(renewed.withLock { $0 } == 1)
        #expect(certificates.properties == ["ssl.cipher.suites": "HIGH"])
        // One whose properties were read before the change.
        certificates.add(certificates, madeOf: 0) { renewed.withLock { $0 += 1 } }
        #expect(renewed.withLock { $0 } == 2)
    }
}
