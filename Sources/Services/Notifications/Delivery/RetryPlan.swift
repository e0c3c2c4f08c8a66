import Timestamps

/// When what was not sent is tried again, and when no more.
enum RetryPlan {
    /// Seconds. A sender gives up after four to five days (RFC 5321, 4.5.4.1).
    static let patience: Double = 4 * 24 * 60 * 60
    /// Seconds.
    private static let longestWait: Double = 300
    /// Seconds, for what its customer may have and would see again: once soon, and then rarely.
    private static let waitsIfSeen: [Double] = [900, 21_600]

    /// nil: it has failed for good.
    static func next(_ notification: Notification, _ failure: SendFailure, at now: Timestamp) -> Timestamp? {
        guard failure.scope != .message, now.seconds(since: notification.createdAt) < patience else { return nil }
        // 1, 2, 4 seconds and on, a quarter of it at random.
        var wait = min(Double(1 << min(max(notification.attempts - 1, 0), 20)), longestWait)
        if failure.mayBeTaken, failure.repeatIsSeen { wait = waitsIfSeen[notification.attempts > 1 ? 1 : 0] }
        let asked = failure.retryAfter.map { Double($0.components.seconds) } ?? 0
        return now.advanced(bySeconds: max(wait * Double.random(in: 0.75...1), asked))
    }
}
