package import Databases
package import Events
package import Idempotency
package import Identifiers
package import Inbox
package import Timestamps

/// Where the notification service keeps notifications. Each method is one transaction.
package protocol NotificationStore: Sendable {
    /// The inbox and the notifications of events, once for each event, and once more where that was asked for; and how far
    /// the group has read. What is old is noted, and not queued. Answers the events that contradict what was told before:
    /// nothing is done for them, and the inbox does not know them. With `notes` the same transaction does the deliverer's work.
    func receive(
        _ events: [ReceivedEvent], _ bookmarks: Bookmarks?, _ notes: DeliveryNotes?
    ) async throws -> Received

    /// Queues notifications that someone asked for; `answer` is what they get for it, and again for a repeat of the
    /// key. Throws `IdempotencyKeyReused`.
    func insert(_ notifications: [Notification], key: IdempotencyKey?, answer: [UInt8]) async throws -> FirstAnswer

    /// Queues what the shop is told of its stock, and notes how far the group has read. Of each product and status it is told at most once
    /// in `StockAlert.pause`, whatever comes again. Answers how many of the alerts it is told.
    @discardableResult
    func queue(_ alerts: [StockAlert], _ bookmarks: Bookmarks?) async throws -> Int

    /// Claims up to `limit` that are due, oldest first, for `seconds`: nobody else sends them meanwhile. Fewer where their
    /// texts are long: the one that goes beyond `ClaimSize.bytes` is the last. Counts the attempt.
    func claim(
        _ channels: Set<Notification.Channel>, by owner: Identifier, for seconds: Int64, limit: Int
    ) async throws -> [Notification]

    /// What became of claimed ones. A claim that has passed to another owner is left alone.
    func finish(_ deliveries: [Delivery], by owner: Identifier) async throws

    /// Claims are given up before anything was sent: all of these are due at once, and the attempt does not count.
    func giveBack(_ notifications: [Identifier], by owner: Identifier) async throws

    /// When the next one is due that is not due now; nil when none waits.
    func nextDue(_ channels: Set<Notification.Channel>) async throws -> Timestamp?

    func notification(_ id: Identifier) async throws -> Notification?

    /// Newest first.
    func notifications(_ filter: NotificationFilter, _ page: Page) async throws -> Listed<Notification>
}

/// How much is claimed at a time. A notification of an order of a thousand lines has a hundred kilobytes, several times while
/// it is sent.
enum ClaimSize {
    /// Bytes of recipients, subjects and bodies.
    static let bytes = 1 << 20
}

/// An event as it came.
package struct ReceivedEvent: Sendable, Hashable {
    package var event: OrderEvent
    package var knowledge: InboxKnowledge

    package init(_ event: OrderEvent, _ knowledge: InboxKnowledge = .none) {
        self.event = event
        self.knowledge = knowledge
    }

    /// Its customer may have been told before, by a database that is gone.
    package var isOld: Bool { knowledge.isOld }
}

/// What the deliverer has done by the transaction that receives events, so that it needs fewer of its own.
package struct DeliveryNotes: Sendable, Hashable {
    package var owner: Identifier
    /// How many of the new ones are claimed by the owner as they are stored, in their order, and for how many seconds.
    package var rooms: ClaimRooms
    package var seconds: Int64
    /// As `finish` takes it.
    package var finished: [Delivery]

    package init(owner: Identifier, rooms: ClaimRooms, seconds: Int64, finished: [Delivery] = []) {
        self.owner = owner
        self.rooms = rooms
        self.seconds = seconds
        self.finished = finished
    }
}

/// What became of events that were received.
package struct Received: Sendable, Hashable {
    package var handled: HandledEvents
    /// In their order, as `claim` answers them.
    package var claimed: [Notification]
    /// The channels of others, which were queued.
    package var queued: Set<Notification.Channel>

    init(_ handled: HandledEvents, claimed: [Notification], made: [Notification]) {
        self.handled = handled
        self.claimed = claimed
        queued = Set(
            Notification.Channel.allCases.filter { channel in
                claimed.count { $0.channel == channel }
                    < made.count { $0.status == .queued && $0.channel == channel }
            })
    }
}

extension NotificationStore {
    /// All that they make is queued.
    @discardableResult package func receive(
        _ events: [ReceivedEvent], _ bookmarks: Bookmarks? = nil
    ) async throws -> [RefusedEvent] {
        try await receive(events, bookmarks, nil).handled.refused
    }

    /// Events that are not old.
    @discardableResult package func receive(_ events: [OrderEvent]) async throws -> [RefusedEvent] {
        try await receive(events.map { ReceivedEvent($0) })
    }
}

/// What became of a notification that was claimed.
package struct Delivery: Sendable, Hashable {
    /// `retry`: not before then. `failed`: for good.
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
