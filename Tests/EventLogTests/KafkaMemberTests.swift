import EventLog
import Synchronization
import TestBroker
import Testing

/// As whom a replica reads: what a broker's operator sees of it, and what a restart means to the others.
@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"), .timeLimit(.minutes(3)))
struct KafkaMemberTests {
    /// A member on a log of its own, as a replica is.
    private final class Replica: Sendable {
        let log: KafkaEventLog
        private let consumer: any EventConsumer
        /// What it was given, each time.
        private let given: Given

        private final class Given: Sendable {
            let partitions = Mutex<[Set<Int32>]>([])
        }

        init(_ client: LogClient, group: String, topic: String) async throws {
            let given = Given()
            self.given = given
            log = try KafkaEventLog(bootstrapServers: try await TestBroker.shared(), client: client) { _ in }
            consumer = try await log.consumer(group: group, topics: [topic]) { partitions in
                given.partitions.withLock { $0.append(Set(partitions.map(\.partition))) }
                return partitions.map {
                    PartitionStart(LogPosition(topic: $0.topic, partition: $0.partition, offset: 0), mustCommit: false)
                }
            }
        }

        var assignments: [Set<Int32>] { given.partitions.withLock { $0 } }

        func next() async throws -> [StoredRecord]? { try await consumer.next(limit: 10) }

        func close() async {
            await consumer.close()
            await log.close()
        }
    }

    private func eventually(_ what: Comment, _ isSo: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while try await !isSo() {
            try #require(ContinuousClock.now < end, what)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Runs `body` on a topic of four partitions; closes the replicas that it made.
    private func withTopic(
        _ body: (_ topic: String, _ join: (LogClient) async throws -> Replica) async throws -> Void
    ) async throws {
        let log = try KafkaEventLog(bootstrapServers: try await TestBroker.shared()) { _ in }
        let topic = try await Contract.topic(log, partitions: 4)
        await log.close()
        let group = Contract.fresh("group")
        var replicas: [Replica] = []
        do {
            try await body(topic) { client in
                let replica = try await Replica(client, group: group, topic: topic)
                replicas.append(replica)
                return replica
            }
        } catch {
            for replica in replicas { await replica.close() }
            throw error
        }
        for replica in replicas { await replica.close() }
    }

    @Test func aMemberIsSeenByItsClientsName() async throws {
        let log = try KafkaEventLog(bootstrapServers: try await TestBroker.shared()) { _ in }
        let topic = try await Contract.topic(log)
        let group = Contract.fresh("group")
        let name = LogClient.name(of: "order", host: "web 1", port: 8080)
        #expect(name == "orderlog-order-web_1-8080")
        let replica = try await Replica(LogClient(name: name, rack: "zone-a"), group: group, topic: topic)
        do {
            try await eventually("it has joined") { replica.assignments.count == 1 }
            let members = try await log.members(group: group).members
            #expect(members.map(\.clientID) == [name])
            #expect(members.allSatisfy { $0.id.hasPrefix(name) })
        } catch {
            await replica.close()
            await log.close()
            throw error
        }
        await replica.close()
        await log.close()
    }

    @Test func aNamedReplicaComesBackToItsPartitionsAndDisturbsNobody() async throws {
        try await withTopic { topic, join in
            let one = try await join(LogClient(instance: "one"))
            try await eventually("the first has all") { one.assignments.last?.count == 4 }
            let two = try await join(LogClient(instance: "two"))
            try await eventually("each has two") {
                one.assignments.last?.count == 2 && two.assignments.last?.count == 2
            }
            let before = (one.assignments, two.assignments)
            await two.close()
            let again = try await join(LogClient(instance: "two"))
            try await eventually("it is back") { !again.assignments.isEmpty }
            #expect(again.assignments == [before.1.last])
            #expect(one.assignments == before.0, "the other went on")
        }
    }

    @Test func ofTwoOfOneNameTheFirstIsPutOutAndSaysSo() async throws {
        try await withTopic { topic, join in
            let first = try await join(LogClient(instance: "same"))
            try await eventually("it has joined") { first.assignments.count == 1 }
            let second = try await join(LogClient(instance: "same"))
            let error = try await #require(throws: EventLogError.self) {
                while try await first.next() != nil {}
            }
            #expect(error.message.contains("--kafka-instance"))
            try await eventually("the second reads") { second.assignments.last?.count == 4 }
        }
    }

    @Test(arguments: ["", ".", "..", "web 1", "web/1", "wéb", String(repeating: "a", count: 250)])
    func aNameThatKafkaRefusesIsNoInstance(_ name: String) {
        #expect(!LogClient.isInstance(name))
    }

    @Test(arguments: ["web-1", "a", "Zone_2.replica-3", String(repeating: "a", count: 249)])
    func aNameThatKafkaTakesIsAnInstance(_ name: String) {
        #expect(LogClient.isInstance(name))
    }
}
