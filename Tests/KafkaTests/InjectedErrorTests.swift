import CRdKafka
import Testing

@testable import Kafka

/// What the producer makes of trouble, on librdkafka's mock cluster.
@Suite(.serialized, .timeLimit(.minutes(2))) struct InjectedErrorTests {
    private func records(_ count: Int) -> [KafkaRecord] {
        (0..<count).map { KafkaRecord(topic: "t", partition: 0, value: Array("\($0)".utf8)) }
    }

    private func offsets(_ outcomes: [Result<KafkaPosition, KafkaError>]) throws -> [Int64] {
        try outcomes.map { try $0.get().offset }
    }

    private func withProducer(
        _ properties: [String: String] = [:], _ body: (MockCluster, KafkaProducer) async throws -> Void
    ) async throws {
        let cluster = try MockCluster(topic: "t")
        let producer = try KafkaProducer(cluster.configuration(properties), log: { _ in })
        do {
            try await body(cluster, producer)
        } catch {
            await producer.close(within: .zero)
            cluster.remove()
            throw error
        }
        await producer.close(within: .seconds(5))
        cluster.remove()
    }

    @Test func whatIsRefusedForNowIsDeliveredOnce() async throws {
        // A request for each record: those behind the one that is refused must wait for it.
        try await withProducer(["batch.num.messages": "1"]) { cluster, producer in
            cluster.setRoundTrip(milliseconds: 20)
            cluster.failProduce([
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            ])
            let offsets1 = try await offsets(producer.produce(records(20)))
            #expect(offsets1 == Array(0..<20))
            let offsets2 = try await offsets(producer.produce(records(1)))
            #expect(offsets2 == [20])
        }
    }

    /// With several requests on their way librdkafka reports records as delivered that no broker has appended.
    @Test func whatIsReportedAsDeliveredIsOnTheLog() async throws {
        try await withProducer(["batch.num.messages": "1", "max.in.flight": "5"]) { cluster, producer in
            cluster.setRoundTrip(milliseconds: 200)
            cluster.failProduce([RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION])
            let outcomes = await producer.produce(records(3))
            let admin = try KafkaAdmin(cluster.configuration(), log: { _ in })
            let log = try await admin.read(
                KafkaPartition(topic: "t", partition: 0), from: 0, PageLimit(records: 10, bytes: 1 << 20))
            await admin.close()
            for (record, outcome) in zip(records(3), outcomes) {
                switch outcome {
                case .success(let position):
                    #expect(log.first { $0.offset == position.offset }?.value == record.value)
                case .failure(let error):
                    #expect(error.isRetriable)
                }
            }
        }
    }

    /// The first request finds no room on the broker's disk, the second is taken: of the partition nothing is acknowledged
    /// that stands behind the gap.
    @Test func aPartitionAcknowledgesItsUnbrokenBeginningOnly() async throws {
        try await withProducer(["batch.num.messages": "1", "enable.idempotence": "false"]) { cluster, producer in
            _ = try await offsets(producer.produce(records(1)))
            cluster.setRoundTrip(milliseconds: 20)
            cluster.failProduce([RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
            let outcomes = await producer.produce(records(4))
            #expect(try outcomes[0].get().offset == 1)
            for outcome in outcomes.dropFirst() {
                let error = #expect(throws: KafkaError.self) { try outcome.get() }
                #expect(error?.code.blame == .environment)
            }
        }
    }

    /// One that is refused for itself is no gap.
    @Test func aRefusedRecordBreaksNothing() async throws {
        try await withProducer(["batch.num.messages": "1", "enable.idempotence": "false"]) { cluster, producer in
            _ = try await offsets(producer.produce(records(1)))
            cluster.setRoundTrip(milliseconds: 20)
            cluster.failProduce([RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
            let outcomes = await producer.produce(records(3))
            let error = #expect(throws: KafkaError.self) { try outcomes[0].get() }
            #expect(error?.code.blame == .record)
            #expect(try outcomes[1].get().offset == 1 && outcomes[2].get().offset == 2)
        }
    }

    @Test func recordsThatNobodyAcknowledgesAreNotTaken() throws {
        let configuration = KafkaConfiguration(
            bootstrapServers: "127.0.0.1:1", properties: ["enable.idempotence": "false", "acks": "0"])
        let error = #expect(throws: KafkaError.self) { try KafkaProducer(configuration, log: { _ in }) }
        #expect(error?.message.hasPrefix("acks=0") == true)
    }

    @Test func aFullQueueMakesCallersWaitAndKeepsTheOrder() async throws {
        try await withProducer(["queue.buffering.max.messages": "10"]) { _, producer in
            let offsets3 = try await offsets(producer.produce(records(500)))
            #expect(offsets3 == Array(0..<500))
        }
    }

    @Test func recordsWaitForABrokerThatComesBack() async throws {
        try await withProducer { cluster, producer in
            let offsets4 = try await offsets(producer.produce(records(1)))
            #expect(offsets4 == [0])
            cluster.setDown(true)
            let batch = records(3)
            async let outcomes = producer.produce(batch)
            cluster.setDown(false)
            let offsets5 = try await offsets(outcomes)
            #expect(offsets5 == [1, 2, 3])
        }
    }

    @Test func aBrokerThatStaysAwayEndsTheCall() async throws {
        try await withProducer(["message.timeout.ms": "500"]) { cluster, producer in
            cluster.setDown(true)
            let outcomes = await producer.produce(records(2))
            #expect(outcomes.count == 2)
            for outcome in outcomes {
                #expect(throws: KafkaError.self) { try outcome.get() }
            }
        }
    }

    @Test func aRecordThatIsTooLargeFailsAlone() async throws {
        try await withProducer(["message.max.bytes": "1000"]) { _, producer in
            let large = KafkaRecord(topic: "t", partition: 0, value: [UInt8](repeating: 0, count: 2_000))
            let outcomes = await producer.produce(records(1) + [large] + records(1))
            let first = try outcomes[0].get()
            #expect(first.offset == 0)
            #expect(throws: KafkaError.self) { try outcomes[1].get() }
            let last = try outcomes[2].get()
            #expect(last.offset == 1)
        }
    }
}
