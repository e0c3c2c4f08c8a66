import EventLog
import Synchronization
import TestBroker
import Testing

@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"), .timeLimit(.minutes(3)))
struct KafkaStartTests {
    /// librdkafka would jump to the beginning or the end, and say nothing.
    @Test func anOffsetThatIsNotThereIsAskedForAgain() async throws {
        let address = try await TestBroker.shared()
        let log = try KafkaEventLog(bootstrapServers: address, properties: Contract.patience) { _ in }
        do {
            let topic = try await Contract.topic(log)
            try await Contract.append(Contract.records(5, to: topic), to: log)
            let asked = Mutex(0)
            let consumer = try await log.consumer(group: Contract.fresh("group"), topics: [topic]) { partitions in
                let offset: Int64 = asked.withLock { asked in
                    asked += 1
                    return asked == 1 ? 99 : 3
                }
                return partitions.map {
                    PartitionStart(
                        LogPosition(topic: $0.topic, partition: $0.partition, offset: offset), mustCommit: false)
                }
            }
            do {
                #expect(Contract.values(try await Contract.collect(2, from: consumer)) == ["3", "4"])
                #expect(asked.withLock { $0 } == 2)
            } catch {
                await consumer.close()
                throw error
            }
            await consumer.close()
        } catch {
            await log.close()
            throw error
        }
        await log.close()
    }
}
