import ExactText
import Identifiers
import SQLite
import Timestamps

/// A row of `notifications`, without what belongs to its delivery.
enum NotificationRow {
    static let names = [
        "notification_id", "order_id", "event_id", "type", "channel", "recipient", "subject", "body", "status",
        "attempts", "created_at", "sent_at", "repeat",
    ]
    static let columns = names.joined(separator: ", ")

    static func values(_ notification: Notification) -> [SQLiteValue] {
        [
            .blob(notification.id.bytes), .blob(notification.orderID.bytes),
            notification.eventID.map { .blob($0.bytes) } ?? .null, .text(notification.kind.rawValue),
            .text(notification.channel.rawValue), .text(notification.recipient.string),
            .text(notification.subject.string),
            .text(notification.body.string), .text(notification.status.rawValue), .integer(notification.attempts),
            .integer(notification.createdAt.milliseconds),
            notification.sentAt.map { .integer($0.milliseconds) } ?? .null, .integer(notification.repeatNumber),
        ]
    }

    static func read(_ row: SQLiteRow) throws -> Notification {
        guard let id = Identifier(bytes: row.blob(0)), let orderID = Identifier(bytes: row.blob(1)),
            let kind = Notification.Kind(rawValue: row.text(3)),
            let channel = Notification.Channel(rawValue: row.text(4)),
            let status = Notification.Status(rawValue: row.text(8))
        else { throw SQLiteError(.corrupt, "a notification has a value that can't be") }
        return Notification(
            id: id, orderID: orderID, eventID: row.optionalBlob(2).flatMap { Identifier(bytes: $0) }, kind: kind,
            channel: channel, recipient: ExactText(row.text(5)), subject: ExactText(row.text(6)),
            body: ExactText(row.text(7)), status: status,
            attempts: row.int(9), createdAt: Timestamp(milliseconds: row.int(10)),
            sentAt: row.optionalInt(11).map { Timestamp(milliseconds: $0) }, repeatNumber: row.int(12))
    }
}
