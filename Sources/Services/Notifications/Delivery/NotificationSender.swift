/// Sends on one channel, as a mail provider or an SMS gateway does, or on several. No two of a deliverer's have a channel in common.
package protocol NotificationSender: Sendable {
    var channels: Set<Notification.Channel> { get }
    /// How many it takes at a time, 1 at least: as many as surely go out while a claim lasts.
    var batch: Int { get }
    /// How many it may send a second; nil: as many as it can.
    var perSecond: Int? { get }

    /// The outcomes in the order of the notifications; nil: sent. A notification's id is the idempotency key: sent
    /// again under the same id, it must not reach anyone twice.
    func send(_ notifications: [Notification]) async -> [SendFailure?]
}

extension NotificationSender {
    package var perSecond: Int? { nil }
}

/// It was not sent, as far as is known.
package struct SendFailure: Error, Sendable, Hashable {
    /// What else can't be sent for the same reason.
    package enum Scope: Sendable, Hashable {
        /// This message, now and later: it has failed for good.
        case message
        /// This message, for now.
        case messageForNow
        /// Whatever goes to the same server, for now.
        case everything
    }

    /// For the log; nothing personal.
    package var message: String
    package var scope: Scope
    /// All of it went out and no answer came: who gets it may have it, and then gets it again.
    package var mayBeTaken: Bool
    /// Nobody on its way knows a message again: whoever gets it twice sees it twice.
    package var repeatIsSeen: Bool
    /// When the server wants to be asked again.
    package var retryAfter: Duration?

    package init(
        _ message: String, _ scope: Scope = .everything, mayBeTaken: Bool = false, repeatIsSeen: Bool = false,
        retryAfter: Duration? = nil
    ) {
        self.message = message
        self.scope = scope
        self.mayBeTaken = mayBeTaken
        self.repeatIsSeen = repeatIsSeen
        self.retryAfter = retryAfter
    }
}
