import Events
import ExactText
package import Idempotency
package import Identifiers
package import Inbox
package import PostgreSQL
package import ServiceHost
package import Timestamps

/// Notifications in PostgreSQL, shared by any number of replicas.
package struct PostgreSQLNotificationStore: NotificationStore {
    let database: PostgreSQLDatabase

    package init(_ database: PostgreSQLDatabase) {
        self.database = database
    }

    package func receive(_ events: [ReceivedEvent], _ bookmarks: Bookmarks?) async throws {
        try await database.write { connection in
            let now = Timestamp.now()
            try PostgreSQLGroupMemory.remember(bookmarks, in: connection)
            let fresh = try PostgreSQLInbox.enter(events.map(\.event.id), in: connection)
            let repeats = try Self.takeRepeats(events.map(\.event.id), in: connection)
            try Self.insert(
                Notification.of(events, fresh: fresh, repeats: repeats, at: now), in: connection)
        }
    }

    package func insert(
        _ notifications: [Notification], key: IdempotencyKey?, answer: [UInt8]
    ) async throws -> FirstAnswer {
        try await database.write { connection in
            try PostgreSQLFirstAnswers.answer(key, in: connection) {
                try Self.insert(notifications, in: connection)
                return answer
            }
        }
    }

    private static func insert(_ notifications: [Notification], in connection: PostgreSQLConnection) throws {
        guard !notifications.isEmpty else { return }
        try connection.run(
            """
            INSERT INTO notifications (\(NotificationRow.columns))
            SELECT \(NotificationRow.columns) FROM unnest(\(PostgreSQLNotificationRow.parameters))
                WITH ORDINALITY AS n (\(NotificationRow.columns), number)
            ORDER BY number ON CONFLICT DO NOTHING
            """, PostgreSQLNotificationRow.values(notifications))
    }

    package func claim(by owner: Identifier, for seconds: Int64, limit: Int) async throws -> [Notification] {
        try await database.write { connection in
            // Due again when the claim ends: a claimant that died is followed by another. What another replica is claiming
            // just now is passed over.
            try connection.run(
                """
                WITH due AS (
                    SELECT position FROM notifications
                    WHERE status = 'queued' AND due_at <= \(PostgreSQLClock.now)
                    ORDER BY due_at, position LIMIT $3 FOR UPDATE SKIP LOCKED),
                claimed AS (
                    UPDATE notifications n SET owner = $1, attempts = attempts + 1, due_at = \(PostgreSQLClock.now) + $2
                    FROM due WHERE n.position = due.position RETURNING n.*)
                SELECT \(NotificationRow.columns) FROM claimed ORDER BY position
                """, [.uuid(owner.bytes), .int(seconds * 1_000), .int(Int64(limit))]
            ).map(PostgreSQLNotificationRow.read)
        }
    }

    package func finish(_ deliveries: [Delivery], by owner: Identifier) async throws {
        var statuses: [String] = []
        var sentAt: [Int64?] = []
        var dueAt: [Int64] = []
        for delivery in deliveries {
            switch delivery.outcome {
            case .sent(let at):
                statuses.append(Notification.Status.sent.rawValue)
                sentAt.append(at.milliseconds)
                dueAt.append(0)
            case .retry(let at):
                statuses.append(Notification.Status.queued.rawValue)
                sentAt.append(nil)
                dueAt.append(at.milliseconds)
            case .failed:
                statuses.append(Notification.Status.failed.rawValue)
                sentAt.append(nil)
                dueAt.append(0)
            }
        }
        let values: [PostgreSQLValue] = [
            .uuids(deliveries.map(\.notification.bytes)), .texts(statuses), .optionalInts(sentAt), .ints(dueAt),
            .uuid(owner.bytes),
        ]
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE notifications SET status = d.status, sent_at = d.sent_at, due_at = d.due_at, owner = NULL
                FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[])
                    AS d (notification_id, status, sent_at, due_at)
                WHERE notifications.notification_id = d.notification_id AND notifications.owner = $5
                """, values)
        }
    }

    package func nextDue() async throws -> Timestamp? {
        try await database.read { connection in
            try connection.run(
                "SELECT due_at FROM notifications WHERE status = 'queued' ORDER BY due_at LIMIT 1"
            ).first { Timestamp(milliseconds: $0.int(0)) }
        }
    }

    package func notification(_ id: Identifier) async throws -> Notification? {
        try await database.read { connection in
            try connection.run(
                "SELECT \(NotificationRow.columns) FROM notifications WHERE notification_id = $1", [.uuid(id.bytes)]
            ).first(PostgreSQLNotificationRow.read)
        }
    }

    package func notifications(of order: Identifier?, _ page: Page) async throws -> Listed<Notification> {
        let values: [PostgreSQLValue] = [.int(page.after ?? Int64.max)] + (order.map { [.uuid($0.bytes)] } ?? [])
        let condition = order == nil ? "" : "order_id = $2 AND "
        return try await database.read { connection in
            try page.rows(
                """
                SELECT \(NotificationRow.columns), position FROM notifications WHERE \(condition)position < $1
                """, values, columns: NotificationRow.names.count, sized: ["recipient", "subject", "body"],
                in: connection, PostgreSQLNotificationRow.read)
        }
    }
}

// MARK: - Told again

extension PostgreSQLNotificationStore: RepeatRequests {
    /// The repeats that wait of these events; they are made in the caller's transaction.
    private static func takeRepeats(
        _ events: [Identifier], in transaction: PostgreSQLConnection
    ) throws -> [Identifier: Int64] {
        let taken = try transaction.run(
            """
            UPDATE repeats SET made_at = \(PostgreSQLClock.now)
            WHERE event_id = ANY($1) AND made_at IS NULL RETURNING event_id, repeat
            """, [.uuids(Set(events).sorted().map(\.bytes))]
        ).map { (Identifier(bytes: $0.bytes(0)), $0.int(1)) }
        return taken.reduce(into: [:]) { repeats, row in
            if let event = row.0 { repeats[event] = row.1 }
        }
    }

    package func ask(again events: [Identifier]) async throws -> [Identifier] {
        try await database.write { connection in
            try connection.run(
                """
                INSERT INTO repeats (event_id, repeat, asked_at)
                SELECT i.event_id,
                    (SELECT coalesce(max(r.repeat), 0) + 1 FROM repeats r WHERE r.event_id = i.event_id),
                    \(PostgreSQLClock.now)
                FROM inbox i WHERE i.event_id = ANY($1) ON CONFLICT DO NOTHING RETURNING event_id
                """, [.uuids(events.map(\.bytes))]
            ).map { Identifier(bytes: $0.bytes(0)) }.compactMap(\.self)
        }
    }

    package func withdraw(_ events: [Identifier]) async throws {
        try await database.write { connection in
            _ = try connection.run(
                "DELETE FROM repeats WHERE event_id = ANY($1) AND made_at IS NULL", [.uuids(events.map(\.bytes))])
        }
    }
}

extension PostgreSQLNotificationStore: NotificationReader {
    package func count() async throws -> Int64 {
        try await database.read { try $0.run("SELECT count(*) FROM notifications").first { $0.int(0) } ?? 0 }
    }

    package func notifications(
        after position: Int64, limit: Int
    ) async throws -> [(position: Int64, notification: Notification)] {
        try await database.read { connection in
            try connection.run(
                """
                SELECT \(NotificationRow.columns), position FROM notifications
                WHERE position > $1 ORDER BY position LIMIT $2
                """, [.int(position), .int(Int64(limit))]
            ).map { ($0.int(NotificationRow.names.count), try PostgreSQLNotificationRow.read($0)) }
        }
    }

    package func notifications(ofEvents events: [Identifier]) async throws -> [Identifier: [Notification]] {
        let found = try await database.read { connection in
            try connection.run(
                "SELECT \(NotificationRow.columns) FROM notifications WHERE event_id = ANY($1) ORDER BY position",
                [.uuids(events.map(\.bytes))]
            ).map(PostgreSQLNotificationRow.read)
        }
        return found.reduce(into: [:]) { list, notification in
            if let event = notification.eventID { list[event, default: []].append(notification) }
        }
    }

    package func repeats(ofEvents events: [Identifier]) async throws -> [Identifier: Set<Int64>] {
        let found = try await database.read { connection in
            try connection.run(
                "SELECT event_id, repeat FROM repeats WHERE event_id = ANY($1)", [.uuids(events.map(\.bytes))]
            ).map { (Identifier(bytes: $0.bytes(0)), $0.int(1)) }
        }
        return found.reduce(into: [:]) { list, row in
            if let event = row.0 { list[event, default: []].insert(row.1) }
        }
    }

    package func lastPosition() async throws -> Int64 {
        try await database.read {
            try $0.run("SELECT coalesce(max(position), 0) FROM notifications").first { $0.int(0) } ?? 0
        }
    }

    package func entered(_ events: [Identifier]) async throws -> Set<Identifier> {
        try await database.read { try PostgreSQLInbox.entered(events, in: $0) }
    }

    package func inbox(after event: Identifier?, limit: Int) async throws -> [Identifier] {
        try await database.read { try PostgreSQLInbox.events(after: event, limit: limit, in: $0) }
    }
}

/// A row of `notifications`, in the columns of `NotificationRow`.
enum PostgreSQLNotificationRow {
    /// An array of each column's values, in the order of the columns.
    static let parameters = """
        $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], \
        $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[]
        """

    static func values(_ notifications: [Notification]) -> [PostgreSQLValue] {
        [
            .uuids(notifications.map(\.id.bytes)), .uuids(notifications.map(\.orderID.bytes)),
            .uuids(notifications.map { $0.eventID?.bytes }), .texts(notifications.map(\.kind.rawValue)),
            .texts(notifications.map(\.channel.rawValue)), .texts(notifications.map(\.recipient.string)),
            .texts(notifications.map(\.subject.string)), .texts(notifications.map(\.body.string)),
            .texts(notifications.map(\.status.rawValue)), .ints(notifications.map(\.attempts)),
            .ints(notifications.map(\.createdAt.milliseconds)),
            .optionalInts(notifications.map { $0.sentAt?.milliseconds }), .ints(notifications.map(\.repeatNumber)),
        ]
    }

    static func read(_ row: PostgreSQLRow) throws -> Notification {
        guard let id = Identifier(bytes: row.bytes(0)), let orderID = Identifier(bytes: row.bytes(1)),
            let kind = Notification.Kind(rawValue: row.text(3)),
            let channel = Notification.Channel(rawValue: row.text(4)),
            let status = Notification.Status(rawValue: row.text(8))
        else { throw PostgreSQLError(.other, "a notification has a value that can't be") }
        return Notification(
            id: id, orderID: orderID, eventID: row.optionalBytes(2).flatMap { Identifier(bytes: $0) }, kind: kind,
            channel: channel, recipient: ExactText(row.text(5)), subject: ExactText(row.text(6)),
            body: ExactText(row.text(7)), status: status,
            attempts: row.int(9), createdAt: Timestamp(milliseconds: row.int(10)),
            sentAt: row.optionalInt(11).map { Timestamp(milliseconds: $0) }, repeatNumber: row.int(12))
    }
}
