/// Rows that the log has and that are not marked so yet: a commit marks those of several passes. What a crash leaves unmarked is
/// published again, and readers drop it by `ce_id`.
struct UnmarkedRows {
    /// How long a row waits for others.
    static let patience: Duration = .milliseconds(10)
    /// A pass of more rows has its own commit.
    static let few = 64
    private static let most = 256

    private(set) var positions: Set<Int64> = []
    private var since: ContinuousClock.Instant?

    mutating func add(_ published: [Int64], at now: ContinuousClock.Instant) {
        guard !published.isEmpty else { return }
        positions.formUnion(published)
        since = since ?? now
    }

    mutating func removeAll() {
        positions = []
        since = nil
    }

    /// Until they are marked; nil: there are none.
    func wait(at now: ContinuousClock.Instant) -> Duration? {
        guard let since else { return nil }
        return positions.count >= Self.most ? .zero : max(Self.patience - (now - since), .zero)
    }
}
