/// How orders are placed. Times are in nanoseconds.
package struct LoadPlan: Sendable {
    package var target: Target
    package var drafts: [OrderDraft]
    /// Whether bodies go in the order in which they are; else at random.
    package var isInOrder = false
    /// Requests a second, each due at its time whatever the target does; nil: each connection sends as soon as it can.
    package var rate: Double?
    /// Connections at most.
    package var connections = 64
    /// How long requests are sent, without the warm-up.
    package var duration: UInt64 = 30_000_000_000
    /// Requests at most, without those of the warm-up; nil: as many as there is time for.
    package var orders: Int?
    /// What is sent before counts for what is stored, but not for times and rates.
    package var warmUp: UInt64 = 0
    /// For each request, from the moment it was due.
    package var deadline: UInt64 = 10_000_000_000
    /// Part of the requests that have an Idempotency-Key.
    package var idempotent = 0.5
    /// Part of the requests that say again what was accepted, with the same key.
    package var repeats = 0.01
    package var mark: String
    /// Header lines, each with its end.
    package var headers = ""
    package var seed: UInt64 = 1
    /// Orders of which it is looked up when the customer was told, at most.
    package var samples = 2_000

    package init(target: Target, drafts: [OrderDraft], mark: String) {
        self.target = target
        self.drafts = drafts
        self.mark = mark
    }
}
