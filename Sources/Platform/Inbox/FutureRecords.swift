/// How far records were ahead of this machine's clock. One alone says little: whoever writes it may give it any time, and one may lie on the log
/// from before a clock was set back. And where nobody orders, what the last one said says nothing of the clock any more.
struct FutureRecords {
    /// For so long two batches in a row count.
    private static let keeps: Duration = .seconds(600)

    private var last: Int64 = 0
    private var before: Int64 = 0
    /// When the last batch was read, if it was ahead.
    private var at: ContinuousClock.Instant?

    /// The newest record of a batch was so far ahead; 0 or less: it was not.
    mutating func note(milliseconds: Int64, at now: @autoclosure () -> ContinuousClock.Instant) {
        before = last
        last = max(milliseconds, 0)
        if last > 0 { at = now() }
    }

    /// What both of the last batches were ahead by, at least.
    func milliseconds(at now: ContinuousClock.Instant) -> Int64 {
        guard last > 0, before > 0, let at, now - at < Self.keeps else { return 0 }
        return min(last, before)
    }
}
