import Synchronization

/// Keeps a service that does not answer from holding every request for its whole deadline.
///
/// After a few calls have failed in a row the circuit is open: requests fail at once. A second later one of them is let
/// through on trial; its call closes the circuit, or keeps it open for another second.
/// (M. Nygard, "Release It!", the pattern of this name.)
final class CircuitBreaker: Sendable {
    private static let mostFailures = 3
    private static let openFor: Duration = .seconds(1)

    enum Passage: Sendable {
        case free
        case trial
    }

    private struct State {
        var failures = 0
        var reason = "has not answered lately"
        /// When the next trial may go; nil: closed.
        var trialAt: ContinuousClock.Instant?
    }
    private let state = Mutex(State())

    /// nil: refused. Who goes on trial must make a call, or let the next one go after a second.
    func pass(now: ContinuousClock.Instant) -> Passage? {
        state.withLock { state in
            guard let trialAt = state.trialAt else { return .free }
            guard now >= trialAt else { return nil }
            state.trialAt = now + Self.openFor
            return .trial
        }
    }

    var isOpen: Bool { state.withLock { $0.trialAt != nil } }

    /// Why the last call failed.
    var reason: String { state.withLock { $0.reason } }

    /// Whether this call opened the circuit. `reason`: for customers.
    func failed(_ reason: String = "did not answer in time", now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            state.failures += 1
            state.reason = reason
            guard state.failures >= Self.mostFailures else { return false }
            defer { state.trialAt = now + Self.openFor }
            return state.trialAt == nil
        }
    }

    /// Whether this call closed the circuit.
    func succeeded() -> Bool {
        state.withLock { state in
            defer { state = State() }
            return state.trialAt != nil
        }
    }
}
