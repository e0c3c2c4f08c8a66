import EventLog
import HTTPAPI
import TestLog
import Testing

@testable import Console

/// A log that is away, for those who wait for it.
@Suite struct PromptLogTests {
    private static func problem(_ body: () async throws(Problem) -> Void) async -> Problem? {
        do throws(Problem) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test func aLogThatIsAwayIsAProblemAndIsAskedAgain() async throws {
        let faulty = FaultyLog(MemoryLog())
        let log = PromptLog(faulty, patience: .seconds(60))
        faulty.isAway = true
        let problem = await Self.problem { () throws(Problem) in _ = try await log.ask { try await $0.topics() } }
        #expect(problem?.type?.kind == "log-away" && problem?.status == 503 && problem?.retryAfter == 1)
        faulty.isAway = false
        #expect(try await log.ask { try await $0.topics() }.isEmpty)
        let unknown = await Self.problem { () throws(Problem) in
            _ = try await log.ask { try await $0.ranges(topic: "none") }
        }
        #expect(unknown?.status == 404)
    }

    /// Who waits is answered in time, and what waits still holds up a bounded number of others only.
    @Test func aLogThatDoesNotAnswerHoldsNobodyUp() async throws {
        let patience: Duration = .milliseconds(200)
        let log = PromptLog(MemoryLog(), patience: patience)
        let isOpen = Flag()
        let began = ContinuousClock.now
        let waiting = Task {
            await withTaskGroup(of: Int?.self, returning: [Int?].self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await Self.problem { () throws(Problem) in
                            try await log.ask { _ in
                                while !isOpen.isUp {
                                    try await Task.sleep(for: .milliseconds(10))
                                }
                            }
                        }?.status
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(await waiting.value == Array(repeating: 503, count: 20))
        #expect(ContinuousClock.now - began >= patience)
        // It goes on by itself once what was asked before has come to its end.
        isOpen.raise()
        while await Self.problem({ () throws(Problem) in _ = try await log.ask { try await $0.topics() } }) != nil {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

@Suite struct SharedLookTests {
    /// A hundred who ask in the same moment ask once.
    @Test func manyLooksAreOne() async throws {
        let count = Counter()
        let (stream, gate) = AsyncStream<Void>.makeStream()
        let look = SharedLook(for: .seconds(3_600)) {
            for await _ in stream {}
            return count.next()
        }
        let asked = Task {
            await withTaskGroup(of: Int?.self, returning: [Int?].self) { group in
                for _ in 0..<100 { group.addTask { try? await look.value() } }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        gate.finish()
        #expect(await asked.value == Array(repeating: 1, count: 100))
        #expect(try await look.value() == 1)
        look.forget()
        #expect(try await look.value() == 2)
    }

    /// What was being looked for when something changed is no answer to who asks after it.
    @Test func aChangeDuringALookIsSeen() async throws {
        let (count, mayEnd) = (Counter(), Flag())
        let look = SharedLook(for: .seconds(3_600)) {
            let number = count.next()
            while number == 1, !mayEnd.isUp { try await Task.sleep(for: .milliseconds(1)) }
            return number
        }
        let early = Task { try await look.value() }
        while count.value == 0 { try await Task.sleep(for: .milliseconds(1)) }
        look.forget()
        #expect(try await look.value() == 2)
        mayEnd.raise()
        #expect(try await early.value == 1)
        #expect(try await look.value() == 2)
    }

    /// What failed is kept for nobody.
    @Test func afterAFailureItIsTriedAgain() async throws {
        let count = Counter()
        let look = SharedLook(for: .seconds(3_600)) {
            guard count.next() > 1 else { throw EventLogError(.unavailable, "away") }
            return "here"
        }
        await #expect(throws: EventLogError.self) { try await look.value() }
        #expect(try await look.value() == "here")
    }
}
