import Headers
import Synchronization
import Testing

@testable import Kafka

/// What a consumer holds, without a Kafka.
@Suite struct ConsumerStateTests {
    private let partition = KafkaPartition(topic: "t", partition: 0)

    private func message(_ offset: Int64, partition: Int32 = 0, bytes: Int) -> KafkaMessage {
        KafkaMessage(
            topic: "t", partition: partition, offset: offset, timestamp: 0, key: nil, headers: [],
            value: [UInt8](repeating: 0, count: bytes))
    }

    private func take(_ state: borrowing Mutex<ConsumerState>, limit: Int) async throws -> [KafkaMessage] {
        let result = await withCheckedContinuation { (continuation: ConsumerState.Waiter) in
            let answers = state.withLock { state in
                let id = state.makeWaiter()
                return state.wait(id, limit: limit, continuation)
            }
            for answer in answers { answer.deliver() }
        }
        return try result.get() ?? []
    }

    @Test func aBatchOfLargeRecordsEndsByItsBytesAndIsKeptNoLonger() async throws {
        let state = Mutex(ConsumerState(prefetch: 1_000))
        state.withLock { [partition] state in
            state.assign([partition])
            _ = state.add((0..<10).map { message($0, bytes: 1 << 20) })
            #expect(state.room == 0, "it has fetched ahead enough")
        }
        #expect(try await take(state, limit: 500).map(\.offset) == [0, 1, 2, 3])
        state.withLock { #expect($0.room == 994) }
        #expect(try await take(state, limit: 2).map(\.offset) == [4, 5])
        #expect(try await take(state, limit: 500).map(\.offset) == [6, 7, 8, 9])
        state.withLock { #expect($0.room == 1_000) }
    }

    /// Each of them could hold a whole buffer; but what is held never keeps the others from going on.
    @Test func whatIsHeldOfPausedPartitionsTakesRoom() async throws {
        let state = Mutex(ConsumerState(prefetch: 1_000))
        let partitions = (0..<4).map { KafkaPartition(topic: "t", partition: $0) }
        state.withLock { state in
            state.assign(partitions)
            _ = state.add((0..<8).map { message($0, bytes: 1 << 20) })
            #expect(state.room == 0)
            state.pause([partitions[0]])
            #expect(state.room == 1_000 && state.roomInBytes == ConsumerState.leastBytes)
            _ = state.add([message(0, partition: 1, bytes: 1 << 20)])
            #expect(state.room == 0, "the others have an eighth of it")
        }
        #expect(try await take(state, limit: 500).map(\.partition) == [1])
        state.withLock { state in
            #expect(state.room == 1_000)
            _ = state.resume([partitions[0]])
            #expect(state.room == 0)
        }
        #expect(try await take(state, limit: 500).map(\.offset) == [0, 1, 2, 3])
        state.withLock { state in
            state.pause([partitions[0]])
            state.revoke(Set(partitions))
            #expect(state.room == 1_000 && state.roomInBytes == ConsumerState.batchBytes, "nothing is held any more")
        }
    }
}
