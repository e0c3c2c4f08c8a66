import SharedWork
import Synchronization
import Testing

@testable import Batching

@Suite(.timeLimit(.minutes(5))) struct TransactionBatcherTests {
    @Test func eachCallGetsTheOutcomesOfItsOwnList() async throws {
        let recorder = BatchRecorder(isOpen: false)
        let batcher = TransactionBatcher<Int, Int>("test", limits: BatcherLimits()) { await recorder.process($0) }
        var tasks = [Task { try await batcher.submit([0]) }]
        await eventually("the first flies") { recorder.inFlight == 1 }
        let lists = [[1, 2], [], [3], [4, 5, 6]]
        for (index, list) in lists.enumerated() {
            tasks.append(Task { try await batcher.submit(list) })
            await eventually("\(list) waits") { batcher.batcher.waiting == index + 1 }
        }
        recorder.open()
        for (task, list) in zip(tasks, [[0]] + lists) { #expect(try await task.value == list.map { $0 * 2 }) }
        #expect(recorder.batches == [[0], [1, 2, 3, 4, 5, 6]])
    }

    private final class Follower: RequestFollower {
        let heard = Mutex<[SharedWork]>([])

        func ended(_ work: SharedWork) { heard.withLock { $0.append(work) } }
    }

    @Test func whoFollowsRequestsHearsOfTheirTransaction() async throws {
        let recorder = BatchRecorder(isOpen: false)
        let batcher = TransactionBatcher<Int, Int>("test", limits: BatcherLimits()) { await recorder.process($0) }
        var tasks = [Task { try await batcher.submit([0]) }]
        await eventually("the first flies") { recorder.inFlight == 1 }
        let followers: [Follower?] = [nil, Follower(), Follower()]
        for (index, follower) in followers.enumerated() {
            tasks.append(
                Task { try await FollowedRequest.$follower.withValue(follower) { try await batcher.submit([index]) } })
            await eventually("\(index) waits") { batcher.batcher.waiting == index + 1 }
        }
        recorder.open()
        for task in tasks { _ = try await task.value }
        #expect(followers.map { $0?.heard.withLock { $0.count } } == [nil, 1, 0])
        let heard = followers[1]?.heard.withLock { $0 } ?? []
        let work = try #require(heard.first)
        #expect(work.count == 3 && work.parts.count == 2)
        #expect(work.parts.allSatisfy { $0.asked <= work.began && !$0.hasFailed } && work.began <= work.ended)
    }

    private struct Refused: Error {}

    @Test func whoFollowsRequestsHearsThatTheirTransactionFailed() async throws {
        let follower = Follower()
        let batcher = TransactionBatcher<Int, Int>("test", limits: BatcherLimits()) { _ in throw Refused() }
        await #expect(throws: Refused.self) {
            try await FollowedRequest.$follower.withValue(follower) { try await batcher.submit([1]) }
        }
        #expect(follower.heard.withLock { $0.map(\.parts).map { $0.map(\.hasFailed) } } == [[true]])
    }
}
