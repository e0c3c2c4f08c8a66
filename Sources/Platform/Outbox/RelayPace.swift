/// When the next pass may begin. What closely follows another pass waits for more: one request to the log, and all that it sets off
/// at the broker and at each reader, then serves several events. One that comes alone does not wait.
package struct RelayPace {
    /// From the beginning of a pass until the next one, at most.
    package static let patience: Duration = .milliseconds(10)
    /// A pass of more rows is large enough: the next one begins at once.
    static let enough = 64

    private let patience: Duration
    private var notBefore: ContinuousClock.Instant?

    init(_ patience: Duration = patience) {
        self.patience = patience
    }

    /// A pass that began then sends so many rows.
    mutating func sends(_ rows: Int, at began: ContinuousClock.Instant) {
        notBefore = rows <= Self.enough ? began + patience : nil
    }

    /// Until the next pass may begin; nil: at once.
    func wait(at now: ContinuousClock.Instant) -> Duration? {
        guard let notBefore, notBefore > now else { return nil }
        return notBefore - now
    }
}
