import Events
import ExactText
package import Idempotency
package import Identifiers
package import Inbox
package import PostgreSQL
package import Timestamps

/// Notifications in PostgreSQL, shared by any number of replicas.
package struct PostgreSQLNotificationStore: NotificationStore {
    let database: PostgreSQLDatabase
    private let wording: Wording

    package init(_ database: PostgreSQLDatabase, wording: Wording = Wording()) {
        self.database = database
        self.wording = wording
    }

    package func receive(
        _ events: [ReceivedEvent], _ bookmarks: Bookmarks?, _ notes: DeliveryNotes?
    ) async throws -> Received {
        // As on SQLite: no offset is ahead of it, and a provider knows what it makes by its ids.
        try await database.write(.unsynced) { connection in
            let now = Timestamp.now()
            let remember = PostgreSQLGroupMemory.remembering(bookmarks)
            let ids = events.map(\.event.id)
            let found = try connection.run(
                remember + [PostgreSQLInbox.entering(ids)] + Self.loadingHistories(of: events)
                    + [Self.takingRepeats(of: ids)]
            ).dropFirst(remember.count)
            var fresh = PostgreSQLInbox.entered(found[remember.count])
            let known = Self.histories(found[remember.count + 1], found[remember.count + 2])
            let judged = JudgedEvents(events, fresh: fresh, known: known)
            fresh.subtract(judged.withdrawn)
            let repeats = Self.repeats(found[remember.count + 3])
            let made = Notification.of(judged.passed, fresh: fresh, repeats: repeats, in: wording, at: now)
            let insert = made.isEmpty ? [] : [Self.inserting(made, notes)]
            // Marks come last: they lock rows that others may have claimed meanwhile, and wait for nobody after it.
            let marks = notes.map { Self.finishing($0.finished, by: $0.owner) } ?? []
            let stored = try connection.runLast(
                insert + PostgreSQLInbox.removing(judged.withdrawn) + Self.inserting(rejections: judged.rejections)
                    + marks)
            let claimed = insert.isEmpty ? [] : Self.claimed(of: made, notes, stored[0])
            return Received(judged.handled, claimed: claimed, made: made)
        }
    }

    private static func loadingHistories(of events: [ReceivedEvent]) -> [PostgreSQLStatement] {
        let ids = [PostgreSQLValue.uuids(Set(events.map(\.event.order.orderID)).sorted().map(\.bytes))]
        return [
            PostgreSQLStatement(
                """
                SELECT order_id, event_id, type FROM notifications
                WHERE order_id = ANY($1) AND event_id IS NOT NULL ORDER BY position
                """, ids),
            PostgreSQLStatement("SELECT order_id, event_id FROM rejections WHERE order_id = ANY($1)", ids),
        ]
    }

    /// What is known of orders; nothing of those that nobody was told of.
    private static func histories(
        _ notifications: PostgreSQLResult, _ rejected: PostgreSQLResult
    ) -> [Identifier: OrderHistory] {
        let steps = notifications.map { row in
            (row, Notification.Kind(rawValue: row.text(2)).flatMap { OrderEvent.Kind($0) })
        }
        let rejections = rejected.map { ($0, OrderEvent.Kind?.some(.rejected)) }
        var histories: [Identifier: OrderHistory] = [:]
        for case (let row, let kind?) in steps + rejections {
            guard let order = Identifier(bytes: row.bytes(0)), let event = Identifier(bytes: row.bytes(1)) else {
                continue
            }
            histories[order, default: OrderHistory()].add(kind, event)
        }
        return histories
    }

    private static func inserting(rejections: [OrderEvent]) -> [PostgreSQLStatement] {
        guard !rejections.isEmpty else { return [] }
        return [
            PostgreSQLStatement(
                """
                INSERT INTO rejections (order_id, event_id) SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING
                """, [.uuids(rejections.map(\.order.orderID.bytes)), .uuids(rejections.map(\.id.bytes))])
        ]
    }

    package func insert(
        _ notifications: [Notification], key: IdempotencyKey?, answer: [UInt8]
    ) async throws -> FirstAnswer {
        try await database.write { connection in
            try PostgreSQLFirstAnswers.answer(key, in: connection) {
                if !notifications.isEmpty { _ = try connection.run([Self.inserting(notifications, nil)]) }
                return answer
            }
        }
    }

    /// Those that are there already are passed over. Answers the ids of the others.
    static func inserting(_ notifications: [Notification], _ notes: DeliveryNotes?) -> PostgreSQLStatement {
        let (rows, isClaimed) = counted(notifications, notes)
        return PostgreSQLStatement(
            """
            INSERT INTO notifications (\(NotificationRow.columns), due_at, owner)
            SELECT \(NotificationRow.columns),
                CASE WHEN claimed = 1 THEN \(PostgreSQLClock.now) + $16 ELSE 0 END,
                CASE WHEN claimed = 1 THEN $17::uuid END
            FROM unnest(\(PostgreSQLNotificationRow.parameters), $15::bigint[])
                WITH ORDINALITY AS n (\(NotificationRow.columns), claimed, number)
            ORDER BY number ON CONFLICT DO NOTHING RETURNING notification_id
            """,
            PostgreSQLNotificationRow.values(rows) + [
                .ints(isClaimed.map { $0 ? 1 : 0 }), .int((notes?.seconds ?? 0) * 1_000),
                notes.map { .uuid($0.owner.bytes) } ?? .null,
            ])
    }

    /// With the attempts of those that are claimed, for which there is room.
    private static func counted(
        _ notifications: [Notification], _ notes: DeliveryNotes?
    ) -> (rows: [Notification], isClaimed: [Bool]) {
        var rooms = notes?.rooms
        var rows = notifications
        let isClaimed = rows.map { rooms?.take($0) ?? false }
        for index in rows.indices where isClaimed[index] { rows[index].attempts += 1 }
        return (rows, isClaimed)
    }

    /// Those that `inserting` has claimed, by what it answered.
    private static func claimed(
        of notifications: [Notification], _ notes: DeliveryNotes?, _ inserted: PostgreSQLResult
    ) -> [Notification] {
        let (rows, isClaimed) = counted(notifications, notes)
        let fresh = Set(inserted.map { Identifier(bytes: $0.bytes(0)) }.compactMap(\.self))
        return zip(rows, isClaimed).filter { $1 && fresh.contains($0.id) }.map(\.0)
    }

    package func claim(
        _ channels: Set<Notification.Channel>, by owner: Identifier, for seconds: Int64, limit: Int
    ) async throws -> [Notification] {
        try await database.write(.unsynced) { connection in
            // Due again when the claim ends: a claimant that died is followed by another. What another replica is claiming
            // just now is passed over. Those of each channel are in the order in which they are due; nothing sorts a backlog.
            let claim = PostgreSQLStatement(
                """
                WITH due AS (
                    SELECT n.* FROM unnest($4::text[]) AS c (channel) CROSS JOIN LATERAL (
                        SELECT position, due_at,
                            octet_length(recipient) + octet_length(subject) + octet_length(body) AS size
                        FROM notifications
                        WHERE status = 'queued' AND channel = c.channel AND due_at <= \(PostgreSQLClock.now)
                        ORDER BY due_at, position LIMIT $3 FOR UPDATE SKIP LOCKED) n
                    ORDER BY due_at, position LIMIT $3),
                page AS (
                    SELECT position, sum(size) OVER (ORDER BY due_at, position ROWS UNBOUNDED PRECEDING) - size AS bytes_before
                    FROM due),
                claimed AS (
                    UPDATE notifications n SET owner = $1, attempts = attempts + 1, due_at = \(PostgreSQLClock.now) + $2
                    FROM page WHERE n.position = page.position AND page.bytes_before < \(ClaimSize.bytes) RETURNING n.*)
                SELECT \(NotificationRow.columns) FROM claimed ORDER BY position
                """,
                [
                    .uuid(owner.bytes), .int(seconds * 1_000), .int(Int64(limit)),
                    .texts(channels.map(\.rawValue)),
                ])
            return try connection.runLast([claim])[0].map(PostgreSQLNotificationRow.read)
        }
    }

    package func finish(_ deliveries: [Delivery], by owner: Identifier) async throws {
        guard !deliveries.isEmpty else { return }
        try await database.write(.unsynced) { _ = try $0.runLast(Self.finishing(deliveries, by: owner)) }
    }

    private static func finishing(_ deliveries: [Delivery], by owner: Identifier) -> [PostgreSQLStatement] {
        guard !deliveries.isEmpty else { return [] }
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
        let finish = PostgreSQLStatement(
            """
            UPDATE notifications SET status = d.status, sent_at = d.sent_at, due_at = d.due_at, owner = NULL
            FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[])
                AS d (notification_id, status, sent_at, due_at)
            WHERE notifications.notification_id = d.notification_id AND notifications.owner = $5
            """, values)
        return [finish]
    }

    package func giveBack(_ notifications: [Identifier], by owner: Identifier) async throws {
        guard !notifications.isEmpty else { return }
        try await database.write(.unsynced) { connection in
            try connection.execute(
                """
                UPDATE notifications SET due_at = 0, owner = NULL, attempts = attempts - 1
                WHERE notification_id = ANY($1) AND owner = $2 AND status = 'queued'
                """, [.uuids(notifications.map(\.bytes)), .uuid(owner.bytes)])
        }
    }

    package func nextDue(_ channels: Set<Notification.Channel>) async throws -> Timestamp? {
        try await database.read { connection in
            let first = PostgreSQLStatement(
                """
                SELECT n.due_at FROM unnest($1::text[]) AS c (channel) CROSS JOIN LATERAL (
                    SELECT due_at FROM notifications WHERE status = 'queued' AND channel = c.channel
                    ORDER BY due_at LIMIT 1) n
                ORDER BY n.due_at LIMIT 1
                """, [.texts(channels.map(\.rawValue))])
            return try connection.runLast([first])[0].first { Timestamp(milliseconds: $0.int(0)) }
        }
    }

    package func notification(_ id: Identifier) async throws -> Notification? {
        try await database.read { connection in
            try connection.run(
                "SELECT \(NotificationRow.columns) FROM notifications WHERE notification_id = $1", [.uuid(id.bytes)]
            ).first(PostgreSQLNotificationRow.read)
        }
    }
}
