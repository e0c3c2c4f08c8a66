import ExactText
package import Idempotency
package import Identifiers
import PostgreSQL
import SQLite
import Shop

/// How customers leave the notification service's database.
package protocol NotificationErasure: Sendable {
    /// Redacts recipient, subject and body of these notifications. One that still waited to be sent has failed: it would reach
    /// nobody.
    func erase(_ notifications: [Identifier]) async throws

    /// What requests with an Idempotency-Key were answered, in the order of their keys, behind one of them.
    func firstAnswers(after key: Identifier?, limit: Int) async throws -> [KeptAnswer]

    /// Puts these in the place of those that are kept under their keys.
    func replace(_ answers: [KeptAnswer]) async throws
}

extension Notification {
    /// As `NotificationErasure.erase` leaves it.
    package var erased: Notification {
        var notification = self
        notification.recipient = channel == .email ? Erased.email : Erased.phone
        if subject.byteCount > 0 { notification.subject = Erased.text }
        notification.body = Erased.text
        if status == .queued { notification.status = .failed }
        return notification
    }

    package var isErased: Bool { body == Erased.text && recipient == erased.recipient }
}

/// The values: an e-mail's recipient, an SMS's, the text, and the channel of the first.
private let erasing = (
    email: Erased.email.string, phone: Erased.phone.string, text: Erased.text.string,
    channel: Notification.Channel.email.rawValue
)

extension SQLiteNotificationStore: NotificationErasure {
    package func erase(_ notifications: [Identifier]) async throws {
        try await database.write { connection in
            for id in notifications {
                try connection.execute(
                    """
                    UPDATE notifications SET recipient = CASE channel WHEN ? THEN ? ELSE ? END,
                        subject = CASE subject WHEN '' THEN '' ELSE ? END, body = ?,
                        owner = CASE status WHEN 'queued' THEN NULL ELSE owner END,
                        status = CASE status WHEN 'queued' THEN 'failed' ELSE status END
                    WHERE notification_id = ?
                    """,
                    [
                        .text(erasing.channel), .text(erasing.email), .text(erasing.phone), .text(erasing.text),
                        .text(erasing.text), .blob(id.bytes),
                    ])
            }
        }
    }

    package func firstAnswers(after key: Identifier?, limit: Int) async throws -> [KeptAnswer] {
        try await database.read { try SQLiteFirstAnswers.page(after: key, limit: limit, in: $0) }
    }

    package func replace(_ answers: [KeptAnswer]) async throws {
        try await database.write { try SQLiteFirstAnswers.replace(answers, in: $0) }
    }
}

extension PostgreSQLNotificationStore: NotificationErasure {
    package func erase(_ notifications: [Identifier]) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE notifications SET recipient = CASE channel WHEN $1 THEN $2 ELSE $3 END,
                    subject = CASE subject WHEN '' THEN '' ELSE $4 END, body = $4,
                    owner = CASE status WHEN 'queued' THEN NULL ELSE owner END,
                    status = CASE status WHEN 'queued' THEN 'failed' ELSE status END
                WHERE notification_id = ANY($5)
                """,
                [
                    .text(erasing.channel), .text(erasing.email), .text(erasing.phone), .text(erasing.text),
                    .uuids(notifications.map(\.bytes)),
                ])
        }
    }

    package func firstAnswers(after key: Identifier?, limit: Int) async throws -> [KeptAnswer] {
        try await database.read { try PostgreSQLFirstAnswers.page(after: key, limit: limit, in: $0) }
    }

    package func replace(_ answers: [KeptAnswer]) async throws {
        try await database.write { try PostgreSQLFirstAnswers.replace(answers, in: $0) }
    }
}
