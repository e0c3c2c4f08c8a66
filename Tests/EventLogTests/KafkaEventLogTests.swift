import EventLog
import TestBroker
import Testing

@Suite(.enabled(if: TestBroker.isAvailable, "needs Kafka: set KAFKA_HOME"), .timeLimit(.minutes(3)))
struct KafkaEventLogTests {
    @Test(arguments: EventLogContract.all) func holds(_ check: EventLogContract) async throws {
        let address = try await TestBroker.shared()
        try await check.run { try KafkaEventLog(bootstrapServers: address) { _ in } }
    }
}
