import Pacing
import Synchronization
import Testing
import Timestamps

@Suite("What is looked at beside every request", .timeLimit(.minutes(1)))
struct SurveyTests {
    private struct Away: Error {}

    /// Waits for what another task brings about; the suite's time limit is the deadline.
    private static func until(_ isSo: () -> Bool) async throws {
        while !isSo() { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("is told from the last look, and stays where a look fails")
    func keepsWhatItSaw() async throws {
        let looks = Mutex(0)
        let survey = Survey(every: .milliseconds(1))
        let seen = survey.follow(from: 0) {
            let number = looks.withLock { looks in
                looks += 1
                return looks
            }
            if number > 2 { throw Away() }
            return number
        }
        #expect(seen.now == 0)
        survey.start()
        try await Self.until { looks.withLock { $0 } > 4 }
        await survey.stop()
        #expect(seen.now == 2)
    }

    /// A row that waited for a moment, when the database went away.
    @Test("does not grow older where a look fails")
    func staysAsOldAsItWas() async throws {
        let looks = Mutex(0)
        let since = Timestamp.now().advanced(bySeconds: -7)
        let survey = Survey(every: .milliseconds(1))
        let seen = survey.follow(from: Timestamp?.none) {
            let number = looks.withLock { looks in
                looks += 1
                return looks
            }
            if number > 1 { throw Away() }
            return since
        }
        #expect(seen.age(\.self) == 0)
        survey.start()
        try await Self.until { looks.withLock { $0 } > 2 }
        let age = seen.age(\.self)
        #expect(age >= 7)
        try await Self.until { looks.withLock { $0 } > 20 }
        #expect(seen.age(\.self) == age)
        await survey.stop()
    }

    @Test("is told by one replica, if replicas share it")
    func oneTells() async throws {
        let isOurs = Mutex(true)
        let survey = Survey(every: .milliseconds(1), isOurs: { isOurs.withLock { $0 } })
        let shared = survey.follow(from: 0) { 7 }
        let own = survey.follow(from: 0, isShared: false) { 8 }
        survey.start()
        try await Self.until { shared.now == 7 && own.now == 8 }
        isOurs.withLock { $0 = false }
        try await Self.until { shared.now == 0 }
        #expect(own.now == 8)
        await survey.stop()
    }

    @Test("holds up no other look")
    func eachGoesOnByItself() async throws {
        let survey = Survey(every: .milliseconds(1))
        let stuck = survey.follow(from: 0) {
            try await Task.sleep(for: .seconds(3_600))
            return 1
        }
        let other = survey.follow(from: 0) { 2 }
        survey.start()
        try await Self.until { other.now == 2 }
        #expect(stuck.now == 0)
        await survey.stop()
    }

    @Test("ends before whoever stops it goes on")
    func stops() async throws {
        let isBegun = Mutex(false)
        let isOver = Mutex(false)
        let survey = Survey(every: .milliseconds(1))
        _ = survey.follow(from: 0) {
            isBegun.withLock { $0 = true }
            try? await Task.sleep(for: .seconds(3_600))
            // As a database answers that is asked already.
            for _ in 0..<10 { await Task.yield() }
            isOver.withLock { $0 = true }
            return 1
        }
        survey.start()
        try await Self.until { isBegun.withLock { $0 } }
        await survey.stop(within: .seconds(50))
        #expect(isOver.withLock { $0 })
    }

    @Test("leaves what it saw where nobody knows who tells, and asks that once for all looks")
    func unknown() async throws {
        let isOurs = Mutex<Bool?>(true)
        let asked = Mutex(0)
        let survey = Survey(
            every: .milliseconds(200),
            isOurs: {
                asked.withLock { $0 += 1 }
                return isOurs.withLock { $0 }
            })
        let looks = Mutex(0)
        let seen = (0..<10).map { number in
            survey.follow(from: 0) {
                looks.withLock { $0 += 1 }
                return number + 1
            }
        }
        survey.start()
        try await Self.until { seen.allSatisfy { $0.now > 0 } }
        #expect(asked.withLock { $0 } < looks.withLock { $0 })
        isOurs.withLock { $0 = nil }
        let before = asked.withLock { $0 }
        try await Self.until { asked.withLock { $0 } > before + 1 }
        #expect(seen.map(\.now) == Array(1...10))
        await survey.stop()
    }
}
