/// Whether the server behind a lane is worth asking. While it is away nothing is claimed for it, and now and then one message asks whether
/// it is back.
struct CircuitBreaker {
    /// Between two questions; the first comes after a second, and each later one after twice as long.
    private static let longestPause: Duration = .seconds(60)

    /// What a batch has changed.
    enum Change: Equatable {
        case none
        /// It takes nothing any more.
        case opened
        /// It takes messages again, after so long.
        case closed(after: Duration)
    }

    /// Batches in a row of which it took nothing.
    private var failures = 0
    private var openedAt: ContinuousClock.Instant?
    private var askAgainAt: ContinuousClock.Instant?

    var isOpen: Bool { openedAt != nil }

    /// How long nothing may be sent; nil: something may be.
    func pause(at now: ContinuousClock.Instant) -> Duration? {
        askAgainAt.flatMap { $0 > now ? $0 - now : nil }
    }

    /// How many may be sent at a time, where something may be; nil: as many as there are.
    var limit: Int? { isOpen ? 1 : nil }

    /// Of a batch that was sent; nil for each that was taken. A server that refused one message for what is in it is there.
    mutating func note(_ outcomes: [SendFailure?], at now: ContinuousClock.Instant) -> Change {
        guard !outcomes.isEmpty else { return .none }
        // One message's own wait is no other's.
        let asked = outcomes.compactMap { $0?.scope == .everything ? $0?.retryAfter : nil }.max()
        guard outcomes.allSatisfy({ $0?.scope == .everything }) else {
            defer { (failures, openedAt) = (0, nil) }
            // It takes messages, only not so many.
            askAgainAt = asked.map { now + $0 }
            return openedAt.map { .closed(after: now - $0) } ?? .none
        }
        let pause = min(.seconds(1 << min(failures, 10)), Self.longestPause)
        failures += 1
        askAgainAt = now + max(pause, asked ?? .zero)
        guard openedAt == nil else { return .none }
        openedAt = now
        return .opened
    }
}
