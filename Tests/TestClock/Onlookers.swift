/// Who waits for something to be there so many times; part of what its lock guards.
package struct Onlookers {
    package typealias Continuation = CheckedContinuation<Void, Never>
    private var waiting: [(atLeast: Int, continuation: Continuation)] = []

    package init() {}

    /// Returns when there are so many, or more. `admit` calls `isSatisfied` under the lock.
    package static func wait(_ admit: (Continuation) -> Bool) async {
        await withCheckedContinuation { continuation in
            if admit(continuation) { continuation.resume() }
        }
    }

    /// Whether there are as many as that by now; who still has to wait for them is kept.
    package mutating func isSatisfied(by now: Int, for count: Int, _ continuation: Continuation) -> Bool {
        if now < count { waiting.append((count, continuation)) }
        return now >= count
    }

    /// Those who need wait no longer now that there are so many: to be resumed outside the lock.
    package mutating func satisfied(by count: Int) -> [Continuation] {
        let satisfied = waiting.filter { $0.atLeast <= count }.map(\.continuation)
        waiting.removeAll { $0.atLeast <= count }
        return satisfied
    }
}
