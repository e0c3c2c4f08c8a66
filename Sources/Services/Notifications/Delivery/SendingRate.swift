/// How many messages a second may be sent, where a provider allows only so many: a tenth of a second's at once, and from then on as they
/// come back (GCRA, the virtual scheduling of ITU-T I.371).
struct SendingRate {
    /// Between two.
    private let interval: Duration
    private let burst: Int
    private var fullAt: ContinuousClock.Instant?

    /// - Parameter perSecond: 1 to 100,000
    init(perSecond: Int) {
        interval = .seconds(1) / perSecond
        burst = max(perSecond / 10, 1)
    }

    /// How many may be sent now.
    func allowed(at now: ContinuousClock.Instant) -> Int {
        guard let fullAt, fullAt > now else { return burst }
        return Int((interval * burst - (fullAt - now)) / interval)
    }

    /// How long none may be; nil: one may be sent.
    func pause(at now: ContinuousClock.Instant) -> Duration? {
        guard let fullAt, allowed(at: now) == 0 else { return nil }
        return max(fullAt - now - interval * (burst - 1), .milliseconds(1))
    }

    mutating func take(_ count: Int, at now: ContinuousClock.Instant) {
        fullAt = max(fullAt ?? now, now) + interval * count
    }
}
