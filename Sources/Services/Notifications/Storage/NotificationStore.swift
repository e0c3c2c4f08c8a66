package import Events
package import Idempotency
package import Identifiers
package import Inbox
package import ServiceHost
package import Timestamps

/// Where the notification service keeps notifications. Each method is one transaction.
package protocol NotificationStore: Sendable {
    /// The inbox and the notifications of events, once for each event, and once more where that was asked for; and how far
    /// the group has read. What is old is noted, and not queued.
    func receive(_ events: [ReceivedEvent], _ bookmarks: Bookmarks?) async throws

    /// Queues notifications that someone asked for; `answer` is what they get for it, and again for a repeat of the
    /// key. Throws `IdempotencyKeyReused`.
    func insert(_ notifications: [Notification], key: IdempotencyKey?, answer: [UInt8]) async throws -> FirstAnswer

    /// Claims up to `limit` that are due, oldest first, for `seconds`: nobody else sends them meanwhile. Counts the
    /// attempt.
    func claim(by owner: Identifier, for seconds: Int64, limit: Int) async throws -> [Notification]

    /// What became of claimed ones. A claim that has passed to another owner is left alone.
    func finish(_ deliveries: [Delivery], by owner: Identifier) async throws

    /// When the next one is due that is not due now; nil when none waits.
    func nextDue() async throws -> Timestamp?

    func notification(_ id: Identifier) async throws -> Notification?

    /// Newest first; `order` nil: of all orders.
    func notifications(of order: Identifier?, _ page: Page) async throws -> Listed<Notification>
}

/// An event as it came.
package struct ReceivedEvent: Sendable, Hashable {
    package var event: OrderEvent
    /// Its customer may have been told before, by a database that is gone.
    package var isOld: Bool

    package init(_ event: OrderEvent, isOld: Bool = false) {
        self.event = event
        self.isOld = isOld
    }
}

extension NotificationStore {
    /// Events that are not old.
    package func receive(_ events: [OrderEvent]) async throws {
        try await receive(events.map { ReceivedEvent($0) }, nil)
    }
}

package struct Delivery: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case sent(at: Timestamp)
        case retry(at: Timestamp)
        case failed
    }

    package var notification: Identifier
    package var outcome: Outcome

    package init(notification: Identifier, outcome: Outcome) {
        self.notification = notification
        self.outcome = outcome
    }
}
