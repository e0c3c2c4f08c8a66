import Synchronization
package import Timestamps

/// What must not be asked for when somebody wants to know it: looked at every five seconds, beside every request, and told from memory.
/// Each look goes on by itself, so that one whose database or log is away holds up no other.
package final class Survey: Sendable {
    /// A look that takes long comes less often, so that it takes a hundredth of the time, but never so rarely that what it sees is old news.
    private static let share = 100
    private static let longestWait: Duration = .seconds(10)

    private let every: Duration
    private let isOurs: Answer
    private let looks = Mutex<[@Sendable () async -> Bool]>([])
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// `isOurs`: whether this replica tells what all of a service's replicas share; nil: nobody can be asked for now. It is asked once for
    /// all looks.
    package init(every: Duration = .seconds(5), isOurs: @escaping @Sendable () async -> Bool? = { true }) {
        self.every = every
        self.isOurs = Answer(freshFor: every / 2, isOurs)
    }

    /// From `start` on. A look that throws leaves what the last one saw, as one does that nobody knows whose it is.
    ///
    /// - Parameters:
    ///   - none: what this replica tells before the first look, and of what replicas share while another one tells it.
    ///   - isShared: false: each replica tells its own.
    package func follow<Value: Sendable>(
        from none: Value, isShared: Bool = true, _ look: @escaping @Sendable () async throws -> Value
    ) -> Seen<Value> {
        let seen = Seen(none)
        let isOurs = isOurs
        looks.withLock {
            $0.append {
                switch await isShared ? isOurs.now() : true {
                case true?:
                    guard let value = try? await look() else { return false }
                    seen.set(value)
                    return true
                case false?:
                    seen.set(none)
                    return true
                case nil: return false
                }
            }
        }
        return seen
    }

    package func start() {
        let looks = looks.withLock { $0 }
        tasks.withLock { tasks in tasks = looks.map { look in Task { [every] in await Self.repeat(look, every) } } }
    }

    /// No look begins any more, and once this returns none is on its way, but for one that takes longer than `patience`.
    package func stop(within patience: Duration = .seconds(2)) async {
        let tasks = tasks.withLock { $0 }
        for task in tasks { task.cancel() }
        let ended = WakeUp()
        Task {
            for task in tasks { await task.value }
            ended.signal()
        }
        await ended.wait(atMost: patience)
    }

    private static func `repeat`(_ look: @Sendable () async -> Bool, _ every: Duration) async {
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            // One that failed has waited for somebody, and cost nothing.
            let wait = await look() ? (ContinuousClock.now - begun) * share : .zero
            try? await Task.sleep(for: max(every, min(wait, longestWait)))
        }
    }

    /// What several looks want to know at one time, asked once.
    private final class Answer: Sendable {
        private let freshFor: Duration
        private let ask: @Sendable () async -> Bool?
        private let last = Mutex<(at: ContinuousClock.Instant, task: Task<Bool?, Never>)?>(nil)

        init(freshFor: Duration, _ ask: @escaping @Sendable () async -> Bool?) {
            self.freshFor = freshFor
            self.ask = ask
        }

        func now() async -> Bool? {
            let task = last.withLock { last in
                if let last, .now - last.at < freshFor { return last.task }
                let task = Task { [ask] in await ask() }
                last = (.now, task)
                return task
            }
            return await task.value
        }
    }
}

/// What the last look saw.
package final class Seen<Value: Sendable>: Sendable {
    private let last: Mutex<(value: Value, at: Timestamp)>

    init(_ value: Value) { last = Mutex((value, .now())) }

    package var now: Value { last.withLock { $0.value } }

    /// How long, in seconds, what was seen had waited then; 0: nothing had. Whether it waits longer the next look tells. Where that fails,
    /// for a database is away, nobody knows: what had waited for a moment is not told to have waited ever since.
    package func age(_ since: (Value) -> Timestamp?) -> Double {
        last.withLock { last in since(last.value).map { max(last.at.seconds(since: $0), 0) } ?? 0 }
    }

    func set(_ new: Value) { last.withLock { $0 = (new, .now()) } }
}
