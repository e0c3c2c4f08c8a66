import Batching
import EventLoops
import Synchronization
import Testing

@Suite struct BatcherTests {
    let recorder = BatchRecorder(isOpen: false)

    func batcher(_ limits: BatcherLimits, weight: @escaping @Sendable (Int) -> Int = { _ in 1 }) -> Batcher<Int, Int> {
        Batcher("test", limits: limits, weight: weight, process: recorder.process)
    }

    /// Submits the numbers one behind the other, so that they wait in this order, while a batch of `0` is in flight.
    func submit(_ numbers: [Int], to batcher: Batcher<Int, Int>) async -> [Task<Int, any Error>] {
        var tasks = [Task { try await batcher.submit(0) }]
        await eventually("the first batch flies") { recorder.inFlight == 1 }
        for number in numbers {
            let before = batcher.waiting
            tasks.append(Task { try await batcher.submit(number) })
            await eventually("\(number) waits") { batcher.waiting == before + 1 }
        }
        return tasks
    }

    @Test func aLoneRequestGoesAtOnceAndAlone() async throws {
        recorder.open()
        let batcher = batcher(BatcherLimits())
        #expect(try await batcher.submit(21) == 42)
        #expect(try await batcher.submit(4) == 8)
        #expect(recorder.batches == [[21], [4]])
        #expect(batcher.waiting == 0)
    }

    /// A handler's batch is worked on where the handler runs: no other thread is woken for it.
    @Test func aBatchIsWorkedOnOnTheLoopOfItsRequest() async throws {
        final class Part: LoopPart, Sendable {
            let isOver = Mutex(false)
            let nextTurn = UInt64.max
            var isBusy: Bool { isOver.withLock { !$0 } }
            func turn() {}
            func loopEnded() {}
        }
        let (loop, part) = (try #require(EventLoop()), Part())
        #expect(loop.start("test-loop", carrying: part) == 0)
        let batcher = Batcher<Int, Bool>("test") { batch in
            let isThere = loop.isCurrent
            await Task.yield()
            return batch.map { _ in isThere && loop.isCurrent }
        }
        let isThere = try await Task.detached(executorPreference: loop) { try await batcher.submit(1) }.value
        #expect(isThere)
        #expect(try await !batcher.submit(1))
        _ = loop.post { part.isOver.withLock { $0 = true } }
    }

    @Test func whatArrivesInTheMeantimeIsTheNextBatchInOrder() async throws {
        let batcher = batcher(BatcherLimits())
        let tasks = await submit([5, 3, 9, 1], to: batcher)
        recorder.open()
        for (task, outcome) in zip(tasks, [0, 10, 6, 18, 2]) { #expect(try await task.value == outcome) }
        #expect(recorder.batches == [[0], [5, 3, 9, 1]])
    }

    @Test func aBatchHasAtMostSoManyRequests() async throws {
        let batcher = batcher(BatcherLimits(maximumRequests: 2))
        let tasks = await submit([1, 2, 3, 4, 5], to: batcher)
        recorder.open()
        for task in tasks { _ = try await task.value }
        #expect(recorder.batches == [[0], [1, 2], [3, 4], [5]])
    }

    @Test func aBatchWeighsAtMostSoMuchAndAGiantGoesAlone() async throws {
        let batcher = batcher(BatcherLimits(maximumWeight: 10), weight: { $0 == 99 ? .max : $0 })
        let tasks = await submit([4, 6, 1, 11, 0, 10, 99, 0, -5], to: batcher)
        recorder.open()
        for task in tasks.dropLast(3) { _ = try await task.value }
        await eventually("all batches came") { recorder.batches.joined().count == 10 }
        #expect(recorder.batches == [[0], [4, 6], [1], [11], [0, 10], [99], [0, -5]])
        for task in tasks { _ = try await task.value }
    }

    @Test func refusesAtOnceWhatWouldWaitBehindTooMany() async throws {
        let batcher = batcher(BatcherLimits(maximumWaiting: 2))
        let tasks = await submit([1, 2], to: batcher)
        await #expect(throws: BatcherFull.full) { try await batcher.submit(3) }
        #expect(batcher.waiting == 2)
        recorder.open()
        for task in tasks { _ = try await task.value }
        #expect(try await batcher.submit(4) == 8)
        #expect(recorder.batches == [[0], [1, 2], [4]])
    }

    @Test func aSlowBatchDoesNotHoldTheOthersWhenTwoMayFly() async throws {
        let batcher = Batcher<Int, Int>("test", limits: BatcherLimits(concurrency: 2)) { requests in
            requests.contains(1) ? await recorder.process(requests) : requests.map { -$0 }
        }
        let slow = Task { try await batcher.submit(1) }
        await eventually("the slow batch flies") { recorder.inFlight == 1 }
        for number in 2...50 { #expect(try await batcher.submit(number) == -number) }
        #expect(recorder.inFlight == 1)
        recorder.open()
        #expect(try await slow.value == 2)
    }

    @Test func noMoreBatchesFlyThanMay() async throws {
        let batcher = batcher(BatcherLimits(concurrency: 2))
        let first = Task { try await batcher.submit(1) }
        await eventually("one flies") { recorder.inFlight == 1 }
        let second = Task { try await batcher.submit(2) }
        await eventually("another flies beside it") { recorder.inFlight == 2 }
        let third = Task { try await batcher.submit(3) }
        await eventually("the third waits") { batcher.waiting == 1 }
        #expect(recorder.batches == [[1], [2]])
        recorder.releaseOne()
        #expect(try await first.value == 2)
        await eventually("the third flies in its place") { recorder.batches == [[1], [2], [3]] }
        recorder.open()
        #expect(try await second.value == 4)
        #expect(try await third.value == 6)
    }

    @Test func closeFinishesWhatWasAcceptedAndRefusesTheRest() async throws {
        let batcher = batcher(BatcherLimits(maximumRequests: 1))
        let tasks = await submit([1, 2], to: batcher)
        let closing = [Task { await batcher.close() }, Task { await batcher.close() }]
        recorder.open()
        for task in closing { await task.value }
        #expect(recorder.batches == [[0], [1], [2]])
        await #expect(throws: BatcherFull.closed) { try await batcher.submit(3) }
        for (task, outcome) in zip(tasks, [0, 2, 4]) { #expect(try await task.value == outcome) }
        await batcher.close()
    }

    @Test func closingWhatNeverWorkedReturns() async {
        let batcher = batcher(BatcherLimits())
        await batcher.close()
        await #expect(throws: BatcherFull.closed) { try await batcher.submit(1) }
    }

    @Test func aCancelledTaskStillGetsItsOutcome() async throws {
        let batcher = batcher(BatcherLimits())
        let tasks = await submit([1], to: batcher)
        for task in tasks { task.cancel() }
        recorder.open()
        #expect(try await tasks[1].value == 2)
    }
}
