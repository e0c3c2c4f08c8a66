package import Timestamps

/// What metrics tell of the messages that are not sent yet.
package protocol MessageStanding: Sendable {
    /// Up to `UnsentMessages.most` are counted.
    func unsent() async throws -> UnsentMessages
}

/// Messages that are neither sent nor given up.
package struct UnsentMessages: Sendable, Hashable {
    package static let most = 100_000

    /// Those that were never tried.
    package var queued = 0
    /// Those whose last try failed, or is being made.
    package var retrying = 0
    /// When the first of them was made.
    package var oldest: Timestamp?

    package init(queued: Int = 0, retrying: Int = 0, oldest: Timestamp? = nil) {
        self.queued = queued
        self.retrying = retrying
        self.oldest = oldest
    }

    init(_ all: Int64, tried: Int64, _ oldest: Int64?) {
        self.init(
            queued: Int(all - tried), retrying: Int(tried), oldest: oldest.map { Timestamp(milliseconds: $0) })
    }
}
