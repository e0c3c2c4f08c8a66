import Events
package import Idempotency
package import Identifiers
package import Inbox
package import SQLite
package import ServiceHost
package import Timestamps

package struct SQLiteNotificationStore: NotificationStore {
    let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    package func receive(_ events: [ReceivedEvent], _ bookmarks: Bookmarks?) async throws {
        try await database.write { connection in
            let now = Timestamp.now()
            let fresh = try SQLiteInbox.enter(events.map(\.event.id), in: connection)
            let repeats = try SQLiteRepeats.take(events.map(\.event.id), in: connection)
            try Self.insert(Notification.of(events, fresh: fresh, repeats: repeats, at: now), in: connection)
            try SQLiteGroupMemory.remember(bookmarks, in: connection)
        }
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

    private static func insert(_ notifications: [Notification], in connection: SQLiteConnection) throws {
        guard !notifications.isEmpty else { return }
        _ = try connection.insert(
            into: "notifications", NotificationRow.names, notifications.flatMap(NotificationRow.values),
            suffix: "ON CONFLICT DO NOTHING")
    }

    package func claim(by owner: Identifier, for seconds: Int64, limit: Int) async throws -> [Notification] {
        try await database.write { connection in
            let now = Timestamp.now().milliseconds
            let due = try connection.rows(
                """
                SELECT \(NotificationRow.columns), position FROM notifications
                WHERE status = 'queued' AND due_at <= ? ORDER BY due_at, position LIMIT ?
                """, [.integer(now), .integer(Int64(limit))]
            ) { (try NotificationRow.read($0), $0.int(NotificationRow.names.count)) }
            for (_, position) in due {
                // Due again when the claim ends: a claimant that died is followed by another.
                try connection.execute(
                    "UPDATE notifications SET owner = ?, attempts = attempts + 1, due_at = ? WHERE position = ?",
                    [.blob(owner.bytes), .integer(now + seconds * 1_000), .integer(position)])
            }
            return due.map { notification, _ in
                var claimed = notification
                claimed.attempts += 1
                return claimed
            }
        }
    }

    /// What is claimed is due again at once.
    package func dropClaims() async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE notifications INDEXED BY notifications_due SET owner = NULL, due_at = 0
                WHERE status = 'queued' AND owner IS NOT NULL
                """)
        }
    }

    package func finish(_ deliveries: [Delivery], by owner: Identifier) async throws {
        try await database.write { connection in
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
                        .text(status.rawValue), sentAt, dueAt, .blob(delivery.notification.bytes),
                        .blob(owner.bytes),
                    ])
            }
        }
    }

    package func nextDue() async throws -> Timestamp? {
        try await database.read { connection in
            try connection.first(
                "SELECT due_at FROM notifications WHERE status = 'queued' ORDER BY due_at LIMIT 1", []
            ) { Timestamp(milliseconds: $0.int(0)) }
        }
    }

    package func notification(_ id: Identifier) async throws -> Notification? {
        try await database.read { connection in
            try connection.first(
                "SELECT \(NotificationRow.columns) FROM notifications WHERE notification_id = ?", [.blob(id.bytes)],
                NotificationRow.read)
        }
    }

    package func notifications(of order: Identifier?, _ page: Page) async throws -> Listed<Notification> {
        let after = SQLiteValue.integer(page.after ?? Int64.max)
        return try await database.read { connection in
            let condition = order == nil ? "" : "order_id = ? AND "
            return try page.rows(
                """
                SELECT \(NotificationRow.columns), position FROM notifications
                WHERE \(condition)position < ? ORDER BY position DESC LIMIT ?
                """, (order.map { [.blob($0.bytes)] } ?? []) + [after], columns: NotificationRow.names.count,
                in: connection,
                NotificationRow.read)
        }
    }
}
