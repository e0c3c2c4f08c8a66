import CRdKafka
import Synchronization
import Testing
import Timestamps

@testable import EventLog
@testable import Kafka

/// Finding out of which records a broker's refusal speaks, against a broker's rules alone: what real ones answer is in
/// `KafkaEventLogTests`.
@Suite struct KafkaAppendTests {
    /// Takes or refuses the records of a request to a topic as one, as brokers do.
    private final class Rules: Sendable {
        typealias Rule = @Sendable ([KafkaRecord]) -> rd_kafka_resp_err_t?

        let requests = Mutex<[[KafkaRecord]]>([])
        private let rule: Rule

        init(_ rule: @escaping Rule) { self.rule = rule }

        func append(_ records: [KafkaRecord], times: RecordTimes = RecordTimes()) async -> [KafkaAppend.Outcome] {
            await KafkaAppend(times: times, produce: { self.produce($0) }, probe: { self.produce($0) }).run(records)
        }

        private func produce(_ records: [KafkaRecord]) -> [KafkaAppend.Outcome] {
            let number = requests.withLock { requests in
                requests.append(records)
                return requests.count
            }
            let error = rule(records).map { KafkaError($0) }
            return records.indices.map { index in
                error.map { .failure($0) }
                    ?? .success(KafkaPosition(topic: "t", partition: 0, offset: Int64(number * 1_000 + index)))
            }
        }

        var count: Int { requests.withLock { $0.count } }
    }

    private func records(_ count: Int) -> [KafkaRecord] {
        (0..<count).map { KafkaRecord(topic: "t", key: Array("\($0)".utf8), value: [], timestamp: 1_700_000_000_000) }
    }

    private func refused(_ outcomes: [KafkaAppend.Outcome]) -> [Int] {
        outcomes.indices.filter { index in
            if case .failure(let error) = outcomes[index] { error.code.blame != .environment } else { false }
        }
    }

    @Test(arguments: [
        RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_MSG,
        RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, RD_KAFKA_RESP_ERR_POLICY_VIOLATION, RD_KAFKA_RESP_ERR_UNKNOWN,
    ])
    func theOneIsFound(_ error: rd_kafka_resp_err_t) async {
        let rules = Rules { $0.contains { $0.key == Array("77".utf8) } ? error : nil }
        let outcomes = await rules.append(records(500))
        #expect(refused(outcomes) == [77])
        #expect(outcomes.count { (try? $0.get()) != nil } == 499)
        #expect(rules.count < 25, "\(rules.count) requests")
    }

    @Test func aRequestThatIsTooLargeAsAWholeIsSentInParts() async {
        let rules = Rules { $0.count > 30 ? RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE : nil }
        let outcomes = await rules.append(records(500))
        #expect(outcomes.allSatisfy { (try? $0.get()) != nil })
        let sent = rules.requests.withLock { $0.filter { $0.count <= 30 }.flatMap(\.self).compactMap(\.key) }
        #expect(sent == records(500).compactMap(\.key), "in their order")
    }

    @Test(arguments: [
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR__TRANSPORT,
        RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, RD_KAFKA_RESP_ERR__QUEUE_FULL,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
    ])
    func troubleIsNotSplit(_ error: rd_kafka_resp_err_t) async {
        let rules = Rules { _ in error }
        let outcomes = await rules.append(records(500))
        #expect(rules.count == 1)
        #expect(refused(outcomes).isEmpty && outcomes.allSatisfy { (try? $0.get()) == nil })
    }

    /// Nobody is accused of what was never sent alone.
    @Test func troubleEndsTheSearch() async {
        let count = Mutex(0)
        let rules = Rules { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number < 4 ? RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE : RD_KAFKA_RESP_ERR__TRANSPORT
        }
        let outcomes = await rules.append(records(500))
        #expect(rules.count == 4)
        #expect(refused(outcomes).isEmpty && outcomes.allSatisfy { (try? $0.get()) == nil })
    }

    /// The clock here is hours ahead, or years, or the record is older than the broker takes.
    @Test(arguments: [2, 13, 24 * 400] as [Int64])
    func anEarlierTimestampIsFound(_ hours: Int64) async throws {
        let ahead = hours * 3_600_000
        let rules = Rules { records in
            let broker = Timestamp.now().milliseconds - ahead
            return records.contains { ($0.timestamp ?? 0) > broker + 3_600_000 }
                ? RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP : nil
        }
        let times = RecordTimes()
        let now = Timestamp.now().milliseconds
        let outcomes = await rules.append(
            (0..<100).map { KafkaRecord(topic: "t", key: Array("\($0)".utf8), value: [], timestamp: now) }, times: times
        )
        #expect(outcomes.allSatisfy { (try? $0.get()) != nil })
        #expect(rules.count < 50, "\(rules.count) requests")
        let before = rules.count
        _ = await rules.append([KafkaRecord(topic: "t", value: [], timestamp: nil)], times: times)
        #expect(rules.count == before + 1, "it is remembered")
        // What the broker takes as it is stays as it is.
        let old = KafkaRecord(topic: "t", value: [], timestamp: 1_000)
        _ = await rules.append([old], times: times)
        #expect(rules.requests.withLock { $0.last?.first?.timestamp } == 1_000)
    }

    @Test func aRecordThatIsTooOldIsSentAsOfNow() async throws {
        let rules = Rules { records in
            records.contains { ($0.timestamp ?? 0) < Timestamp.now().milliseconds - 600_000 }
                ? RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP : nil
        }
        let outcomes = await rules.append(records(10))
        #expect(outcomes.allSatisfy { (try? $0.get()) != nil })
    }

    @Test func whatIsRefusedAtAnyTimeIsRefused() async throws {
        let rules = Rules { _ in RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP }
        #expect(refused(await rules.append(records(1))) == [0])
        #expect(rules.count < 30)
    }
}
