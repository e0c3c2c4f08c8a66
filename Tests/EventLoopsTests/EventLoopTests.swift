import EventLoops
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct EventLoopTests {
    /// Keeps a loop going until it is told otherwise.
    ///
    /// `@unchecked Sendable`: used on the loop's thread alone, but for what has a lock.
    private final class Part: LoopPart, @unchecked Sendable {
        var isBusy = true
        var nextTurn = UInt64.max
        var turns = 0
        let hasEnded = Mutex(false)
        var onTurn: () -> Void = {}

        func turn() {
            turns += 1
            onTurn()
        }
        func loopEnded() { hasEnded.withLock { $0 = true } }
    }

    private static func withLoop(_ body: (EventLoop, Part) async throws -> Void) async throws {
        let loop = try #require(EventLoop())
        let part = Part()
        #expect(loop.start("test-loop", carrying: part) == 0)
        try await body(loop, part)
        _ = loop.post { part.isBusy = false }
        let deadline = ContinuousClock.now + .seconds(20)
        while !part.hasEnded.withLock({ $0 }), ContinuousClock.now < deadline { await Task.yield() }
        #expect(part.hasEnded.withLock { $0 })
        #expect(loop.hasEnded)
        #expect(!loop.post {})
    }

    @Test func aTaskComesBackAfterEveryWait() async throws {
        try await Self.withLoop { loop, _ in
            let places = await Task.detached(executorPreference: loop) {
                var places = [EventLoop.current === loop]
                await Task.yield()
                places.append(EventLoop.current === loop)
                try? await Task.sleep(for: .milliseconds(1))
                places.append(EventLoop.current === loop && loop.isCurrent)
                return places
            }.value
            #expect(places == [true, true, true])
        }
        #expect(EventLoop.current == nil)
    }

    /// A task that goes on again and again does not keep mail and time from having their turn.
    @Test func oneTaskDoesNotHoldUpTheRest() async throws {
        try await Self.withLoop { loop, part in
            let isOver = Mutex(false)
            let task = Task.detached(executorPreference: loop) {
                while !isOver.withLock({ $0 }) { await Task.yield() }
            }
            await withUnsafeContinuation { continuation in
                _ = loop.post {
                    part.nextTurn = 0
                    part.onTurn = {
                        part.nextTurn = .max
                        part.onTurn = {}
                        continuation.resume()
                    }
                }
            }
            isOver.withLock { $0 = true }
            await task.value
        }
    }

    @Test func aPartHasItsTurnAtItsTime() async throws {
        try await Self.withLoop { loop, part in
            let time = monotonicNow() + 20_000_000
            let turns: Int = await withUnsafeContinuation { continuation in
                _ = loop.post {
                    part.turns = 0
                    part.nextTurn = time
                    part.onTurn = {
                        guard loop.now >= time else { return }
                        part.nextTurn = .max
                        part.onTurn = {}
                        continuation.resume(returning: part.turns)
                    }
                }
            }
            #expect(turns < 10, "it slept until then")
        }
    }

    /// What has been posted before the end is called, and what is resumed after it finds another thread.
    @Test func nothingIsLostAtTheEnd() async throws {
        for _ in 0..<50 {
            let count = Mutex(0)
            var taken = 0
            try await Self.withLoop { loop, part in
                let task = Task.detached(executorPreference: loop) {
                    try? await Task.sleep(for: .milliseconds(2))
                    return 1
                }
                _ = loop.post { part.isBusy = false }
                for _ in 0..<100 where loop.post({ count.withLock { $0 += 1 } }) { taken += 1 }
                #expect(await task.value == 1)
            }
            #expect(count.withLock { $0 } == taken)
        }
    }
}
