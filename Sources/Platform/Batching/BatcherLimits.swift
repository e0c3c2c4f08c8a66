package import Deadlines

/// How much a batcher takes, and how much of it at once.
package struct BatcherLimits: Sendable, Hashable {
    /// Requests in one batch, 1 or more.
    package var maximumRequests: Int
    /// The sum of the weights in one batch. A request heavier than this goes alone.
    package var maximumWeight: Int
    /// Requests that wait for a batch; more are refused.
    package var maximumWaiting: Int
    /// Batches in flight at once, 1 or more.
    package var concurrency: Int

    package init(
        maximumRequests: Int = 256, maximumWeight: Int = 10_000, maximumWaiting: Int = 2_000, concurrency: Int = 1
    ) {
        precondition(maximumRequests > 0 && concurrency > 0, "a batch needs a request, and a place to fly")
        self.maximumRequests = maximumRequests
        self.maximumWeight = maximumWeight
        self.maximumWaiting = maximumWaiting
        self.concurrency = concurrency
    }
}

/// Why a batcher has no outcome of a request.
package enum BatcherFull: Error, Sendable, Hashable {
    /// `maximumWaiting` requests are waiting. It has not been looked at: it may be sent again.
    case full
    /// `close` was called. It has not been looked at.
    case closed
    /// Its deadline came first.
    case late(DeadlinePassed)
}
