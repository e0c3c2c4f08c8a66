package import Timestamps

/// What time it is, and waiting for a later one: the machine's clock, or one that a test moves.
package protocol ServiceClock: Sendable {
    /// For deadlines and pauses: it is never set back.
    var now: ContinuousClock.Instant { get }
    /// For what is kept and told: the system's clock, which may be set back.
    var time: Timestamp { get }

    /// Returns after `duration`; throws `CancellationError` when the task is cancelled before.
    func sleep(for duration: Duration) async throws
}

/// The machine's.
package struct SystemClock: ServiceClock {
    package init() {}

    package var now: ContinuousClock.Instant { .now }
    package var time: Timestamp { .now() }

    package func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
