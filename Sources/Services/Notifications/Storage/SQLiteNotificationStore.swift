import Events
package import Idempotency
package import Identifiers
package import Inbox
package import SQLite
package import Timestamps

package struct SQLiteNotificationStore: NotificationStore {
    let database: SQLiteDatabase
    private let wording: Wording

    package init(_ database: SQLiteDatabase, wording: Wording = Wording()) {
        self.database = database
        self.wording = wording
    }

    package func receive(
        _ events: [ReceivedEvent], _ bookmarks: Bookmarks?, _ notes: DeliveryNotes?
    ) async throws -> Received {
        // A power cut may undo it, and no offset is ahead of it: then the events are read again, and make the same notifications,
        // which a provider knows by their ids.
        try await database.write(.unsynced) { connection in
            let now = Timestamp.now()
            if let notes { try Self.finish(notes.finished, by: notes.owner, in: connection) }
            var fresh = try SQLiteInbox.enter(events.map(\.event.id), in: connection)
            let orders = Set(events.lazy.map(\.event).filter { fresh.contains($0.id) }.map(\.order.orderID))
            let judged = JudgedEvents(events, fresh: fresh, known: try Self.histories(orders, in: connection))
            try SQLiteInbox.remove(judged.withdrawn, in: connection)
            fresh.subtract(judged.withdrawn)
            for event in judged.rejections {
                try connection.execute(
                    "INSERT INTO rejections (order_id, event_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    [.uuid(event.order.orderID.high, event.order.orderID.low), .uuid(event.id.high, event.id.low)])
            }
            let repeats = try SQLiteRepeats.take(events.map(\.event.id), in: connection)
            let made = Notification.of(judged.passed, fresh: fresh, repeats: repeats, in: wording, at: now)
            let claimed = try Self.insert(made, notes, at: now, in: connection)
            try SQLiteGroupMemory.remember(bookmarks, in: connection)
            return Received(judged.handled, claimed: claimed, made: made)
        }
    }

    /// What is known of these orders; nothing of those that nobody was told of.
    private static func histories(
        _ orders: Set<Identifier>, in connection: SQLiteConnection
    ) throws -> [Identifier: OrderHistory] {
        var histories: [Identifier: OrderHistory] = [:]
        for order in orders {
            let steps = try connection.rows(
                "SELECT type, event_id FROM notifications WHERE order_id = ? AND event_id IS NOT NULL ORDER BY position",
                [.uuid(order.high, order.low)]
            ) {
                (
                    Notification.Kind(rawValue: $0.text(0)).flatMap { OrderEvent.Kind($0) },
                    Identifier(halves: $0.uuid(1))
                )
            }
            let rejection = try connection.first(
                "SELECT event_id FROM rejections WHERE order_id = ?", [.uuid(order.high, order.low)]
            ) { Identifier(halves: $0.uuid(0)) }
            for case (let kind?, let event?) in steps + [(.rejected, rejection ?? nil)] {
                histories[order, default: OrderHistory()].add(kind, event)
            }
        }
        return histories
    }

    package func insert(
        _ notifications: [Notification], key: IdempotencyKey?, answer: [UInt8]
    ) async throws -> FirstAnswer {
        try await database.write { connection in
            try SQLiteFirstAnswers.answer(key, in: connection) {
                try Self.insert(notifications, in: connection)
                return answer
            }
        }
    }

    private static let inserting = """
        INSERT INTO notifications (\(NotificationRow.columns), due_at, owner)
        VALUES (\(NotificationRow.names.map { _ in "?" }.joined(separator: ", ")), ?, ?) ON CONFLICT DO NOTHING
        """

    /// Those that are there already are passed over. Answers those that are claimed by `notes`.
    @discardableResult
    static func insert(
        _ notifications: [Notification], _ notes: DeliveryNotes? = nil, at now: Timestamp = .now(),
        in connection: SQLiteConnection
    ) throws -> [Notification] {
        var rooms = notes?.rooms
        var claimed: [Notification] = []
        for var notification in notifications {
            let claimant = rooms?.take(notification) == true ? notes : nil
            if claimant != nil { notification.attempts += 1 }
            let dueAt = claimant.map { now.milliseconds + $0.seconds * 1_000 } ?? 0
            try connection.execute(
                inserting, NotificationRow.values(notification, dueAt: dueAt, owner: claimant?.owner))
            if claimant != nil, connection.changes == 1 { claimed.append(notification) }
        }
        return claimed
    }

    package func claim(
        _ channels: Set<Notification.Channel>, by owner: Identifier, for seconds: Int64, limit: Int
    ) async throws -> [Notification] {
        try await database.write(.unsynced) { connection in
            let now = Timestamp.now().milliseconds
            let due = try Self.due(channels, at: now, limit: limit, in: connection)
            for (_, position, _) in due {
                // Due again when the claim ends: a claimant that died is followed by another.
                try connection.execute(
                    "UPDATE notifications SET owner = ?, attempts = attempts + 1, due_at = ? WHERE position = ?",
                    [.uuid(owner.high, owner.low), .integer(now + seconds * 1_000), .integer(position)])
            }
            return due.map { notification, _, _ in
                var claimed = notification
                claimed.attempts += 1
                return claimed
            }
        }
    }

    private typealias Due = (notification: Notification, position: Int64, dueAt: Int64)

    /// Those of each channel are in the order in which they are due; nothing sorts a backlog.
    private static func due(
        _ channels: Set<Notification.Channel>, at now: Int64, limit: Int, in connection: SQLiteConnection
    ) throws -> [Due] {
        var due: [Due] = []
        for channel in channels.sorted(by: { $0.rawValue < $1.rawValue }) {
            due += try connection.rows(
                """
                SELECT \(NotificationRow.columns), position, due_at FROM notifications
                WHERE status = 'queued' AND channel = ? AND due_at <= ? ORDER BY due_at, position LIMIT ?
                """, [.text(channel.rawValue), .integer(now), .integer(Int64(limit))],
                upToBytes: ClaimSize.bytes, size: { (one: Due) in one.notification.size }
            ) {
                (
                    try NotificationRow.read($0), $0.int(NotificationRow.names.count),
                    $0.int(NotificationRow.names.count + 1)
                )
            }
        }
        due.sort { ($0.dueAt, $0.position) < ($1.dueAt, $1.position) }
        var bytes = 0
        return Array(
            due.prefix(limit).prefix { one in
                defer { bytes += one.notification.size }
                return bytes < ClaimSize.bytes
            })
    }

    /// What is claimed is due again at once.
    package func dropClaims() async throws {
        try await database.write(.unsynced) { connection in
            try connection.execute(
                """
                UPDATE notifications INDEXED BY notifications_due SET owner = NULL, due_at = 0
                WHERE status = 'queued' AND owner IS NOT NULL
                """)
        }
    }

    package func finish(_ deliveries: [Delivery], by owner: Identifier) async throws {
        guard !deliveries.isEmpty else { return }
        try await database.write(.unsynced) { try Self.finish(deliveries, by: owner, in: $0) }
    }

    private static func finish(
        _ deliveries: [Delivery], by owner: Identifier, in connection: SQLiteConnection
    ) throws {
        for delivery in deliveries {
            let status: Notification.Status
            var sentAt: SQLiteValue = .null
            var dueAt: SQLiteValue = .integer(0)
            switch delivery.outcome {
            case .sent(let at): (status, sentAt) = (.sent, .integer(at.milliseconds))
            case .retry(let at): (status, dueAt) = (.queued, .integer(at.milliseconds))
            case .failed: status = .failed
            }
            try connection.execute(
                """
                UPDATE notifications SET status = ?, sent_at = ?, due_at = ?, owner = NULL
                WHERE notification_id = ? AND owner = ?
                """,
                [
                    .text(status.rawValue), sentAt, dueAt, .uuid(delivery.notification.high, delivery.notification.low),
                    .uuid(owner.high, owner.low),
                ])
        }
    }

    package func giveBack(_ notifications: [Identifier], by owner: Identifier) async throws {
        guard !notifications.isEmpty else { return }
        try await database.write(.unsynced) { connection in
            for id in notifications {
                try connection.execute(
                    """
                    UPDATE notifications SET due_at = 0, owner = NULL, attempts = attempts - 1
                    WHERE notification_id = ? AND owner = ? AND status = 'queued'
                    """, [.uuid(id.high, id.low), .uuid(owner.high, owner.low)])
            }
        }
    }

    package func nextDue(_ channels: Set<Notification.Channel>) async throws -> Timestamp? {
        try await database.read { connection in
            try channels.compactMap { channel in
                try connection.first(
                    "SELECT due_at FROM notifications WHERE status = 'queued' AND channel = ? ORDER BY due_at LIMIT 1",
                    [.text(channel.rawValue)]
                ) { Timestamp(milliseconds: $0.int(0)) }
            }.min()
        }
    }

    package func notification(_ id: Identifier) async throws -> Notification? {
        try await database.read { connection in
            try connection.first(
                "SELECT \(NotificationRow.columns) FROM notifications WHERE notification_id = ?",
                [.uuid(id.high, id.low)],
                NotificationRow.read)
        }
    }
}
