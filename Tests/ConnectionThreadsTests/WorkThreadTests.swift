import ConnectionThreads
import Deadlines
import Dispatch
import Synchronization
import Testing

@Suite struct WorkThreadTests {
    @Test(.timeLimit(.minutes(1))) func aTaskGoesOnOnItsThreadAfterWhateverItAwaits() async throws {
        try await onWorkThread { thread in
            await Task.detached {}.value
            #expect(WorkThread.current === thread)
            try? await Task.sleep(for: .milliseconds(1))
            #expect(WorkThread.current === thread)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { #expect(WorkThread.current === thread) } }
            }
            async let child: Void = { #expect(WorkThread.current === thread) }()
            await child
        }
        #expect(WorkThread.current == nil)
    }

    @Test(.timeLimit(.minutes(1))) func theThreadEndsWithItsTask() async throws {
        weak var thread: WorkThread?
        thread = try await onWorkThread { $0 }
        try await eventually { thread == nil }
    }

    @Test(.timeLimit(.minutes(1))) func aStrayTaskOfAnEndedThreadRunsElsewhere() async throws {
        let thread = try await onWorkThread { $0 }
        await Task(executorPreference: thread) {}.value
    }

    @Test(.timeLimit(.minutes(1))) func timersGoOffInTheirOrderAndCancelledOnesNever() async throws {
        let order = try await onWorkThread { thread in
            let order = Mutex<[Int]>([])
            await withCheckedContinuation { continuation in
                for number in [3, 1, 2, 4] {
                    let timer = thread.call(after: .milliseconds(number * 500)) {
                        order.withLock { $0.append(number) }
                        if number == 4 { continuation.resume() }
                    }
                    if number == 2 { thread.cancel(timer) }
                }
            }
            return order.withLock(\.self)
        }
        #expect(order == [1, 3, 4])
    }

    @Test(.timeLimit(.minutes(1))) func whatIsPutOffIsDoneOnceAllTasksWait() async throws {
        try await onWorkThread { thread in
            let order = Order()
            await withTaskGroup(of: Void.self) { group in
                for name in ["first", "second"] {
                    group.addTask {
                        order.names.withLock { $0.append(name) }
                        await withCheckedContinuation { continuation in
                            thread.whenOthersWait {
                                order.names.withLock { $0.append("then") }
                                continuation.resume()
                            }
                        }
                    }
                }
            }
            #expect(order.names.withLock(\.self) == ["first", "second", "then", "then"])
        }
    }
}

private final class Order: Sendable {
    let names = Mutex<[String]>([])
}

@Suite struct BorrowedConnectionTests {
    @Test(.timeLimit(.minutes(1))) func aWorkThreadUsesAFreeConnectionItself() async throws {
        try await Threads.with(2) { threads in
            try await onWorkThread { thread in
                let (used, since) = try await threads.run { _ in (WorkThread.current, threads.busySince) }
                #expect(used === thread && since != nil)
                #expect(threads.busySince == nil)
            }
            // Nobody else may block.
            let used = try await threads.run { _ in WorkThread.current }
            #expect(used == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whereNoneIsFreeItWaitsLikeEverybody() async throws {
        try await Threads.with(1) { threads in
            let gate = DispatchSemaphore(value: 0)
            let isHeld = Atomic(false)
            async let holding: Void = threads.run { _ in
                isHeld.store(true, ordering: .releasing)
                gate.wait()
            }
            try await eventually { isHeld.load(ordering: .acquiring) }
            try await onWorkThread { thread in
                let refused: Void? = threads.runHere { _ in }
                #expect(refused == nil)
                async let used = threads.run { _ in WorkThread.current }
                // It waits by the time that this goes on, for the thread does one after the other.
                await Task.yield()
                gate.signal()
                let elsewhere = try await used
                #expect(elsewhere == nil && WorkThread.current === thread)
            }
            try await holding
        }
    }

    @Test(.timeLimit(.minutes(1))) func aJobThatCameMeanwhileRunsOnceTheConnectionIsBack() async throws {
        try await Threads.with(1) { threads in
            let asked = DispatchSemaphore(value: 0)
            async let borrowing: Void = onWorkThread { _ in try await threads.run { _ in asked.wait() } }
            try await eventually { threads.busySince != nil }
            let elsewhere: WorkThread? = await withCheckedContinuation { continuation in
                let isTaken = threads.post { _ in continuation.resume(returning: WorkThread.current) }
                #expect(isTaken)
                asked.signal()
            }
            #expect(elsewhere == nil)
            try await borrowing
        }
    }

    @Test(.timeLimit(.minutes(1))) func theEndWaitsForABorrowedConnectionAndClosesIt() async throws {
        let closed = Atomic(0)
        let threads = Threads("test", closed: Closed())
        for _ in 0..<2 {
            try await threads.start(refused: Closed()) { () throws(Closed) in
                Fake { _ = closed.add(1, ordering: .relaxed) }
            }
        }
        let gate = DispatchSemaphore(value: 0)
        async let borrowing: Void = onWorkThread { _ in
            try await threads.run { _ in
                gate.wait()
                #expect(closed.load(ordering: .relaxed) <= 1)
            }
        }
        try await eventually { threads.busySince != nil }
        async let end: Void = threads.stop()
        try await eventually { closed.load(ordering: .relaxed) == 1 }
        gate.signal()
        try await borrowing
        await end
        #expect(closed.load(ordering: .relaxed) == 2)
        _ = try await onWorkThread { _ in
            await #expect(throws: Closed.self) { try await threads.run { _ in } }
        }
    }

    /// It could not be answered before the work is over.
    @Test(.timeLimit(.minutes(1))) func whoHasADeadlineBorrowsNothing() async throws {
        try await Threads.with(1) { threads in
            try await onWorkThread { _ in
                try await RequestDeadline.$current.withValue(.now + .seconds(60)) {
                    let used = try await threads.run { _ in WorkThread.current }
                    #expect(used == nil)
                }
            }
        }
    }
}

private typealias Threads = ConnectionThreads<Fake>

private struct Closed: Error {}

private struct Fake: ThreadConnection {
    var closing: @Sendable () -> Void = {}
    func close() { closing() }
}

extension Threads {
    fileprivate static func with(_ count: Int, _ body: (Threads) async throws -> Void) async throws {
        let threads = Threads("test", closed: Closed())
        for _ in 0..<count { try await threads.start(refused: Closed()) { () throws(Closed) in Fake() } }
        try await body(threads)
        await threads.stop()
    }
}

/// What `body` answers on a thread of its own.
private func onWorkThread<T: Sendable>(
    _ body: @escaping @Sendable (WorkThread) async throws -> T
) async throws -> T {
    let result = Mutex<Result<T, any Error>?>(nil)
    await WorkThread.start("test") {
        guard let thread = WorkThread.current else { return }
        let own: Result<T, any Error>
        do { own = .success(try await body(thread)) } catch { own = .failure(error) }
        result.withLock { $0 = own }
    }.value
    guard let own = result.withLock(\.self) else { preconditionFailure("the system refuses a thread") }
    return try own.get()
}

/// Waits until `condition` holds, 20 s at most.
private func eventually(_ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        try #require(ContinuousClock.now < deadline, "it did not come true within 20 s")
        try await Task.sleep(for: .milliseconds(1))
    }
}
