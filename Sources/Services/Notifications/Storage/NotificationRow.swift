import ExactText
import Identifiers
import SQLite
import Timestamps

extension Notification {
    /// The bytes of its texts.
    var size: Int { recipient.byteCount + subject.byteCount + body.byteCount }
}

/// A row of `notifications`, without what belongs to its delivery.
enum NotificationRow {
    static let names = [
        "notification_id", "order_id", "event_id", "type", "channel", "recipient", "subject", "body", "status",
        "attempts", "created_at", "sent_at", "repeat", "traceparent",
    ]
    static let columns = names.joined(separator: ", ")

    /// And when it is due, and whose it is till then.
    static func values(_ notification: Notification, dueAt: Int64, owner: Identifier?) -> [16 of SQLiteValue] {
        [
            .uuid(notification.id.high, notification.id.low),
            .uuid(notification.orderID.high, notification.orderID.low),
            notification.eventID.map { .uuid($0.high, $0.low) } ?? .null, .text(notification.kind.rawValue),
            .text(notification.channel.rawValue), .text(notification.recipient.string),
            .text(notification.subject.string),
            .text(notification.body.string), .text(notification.status.rawValue), .integer(notification.attempts),
            .integer(notification.createdAt.milliseconds),
            notification.sentAt.map { .integer($0.milliseconds) } ?? .null, .integer(notification.repeatNumber),
            notification.traceparent.map { .text($0) } ?? .null, .integer(dueAt),
            owner.map { .uuid($0.high, $0.low) } ?? .null,
        ]
    }

    static func read(_ row: SQLiteRow) throws -> Notification {
        guard let id = Identifier(halves: row.uuid(0)), let orderID = Identifier(halves: row.uuid(1)),
            let kind = Notification.Kind(rawValue: row.text(3)),
            let channel = Notification.Channel(rawValue: row.text(4)),
            let status = Notification.Status(rawValue: row.text(8))
        else { throw SQLiteError(.corrupt, "a notification has a value that can't be") }
        return Notification(
            id: id, orderID: orderID, eventID: Identifier(halves: row.uuid(2)), kind: kind,
            channel: channel, recipient: ExactText(row.text(5)), subject: ExactText(row.text(6)),
            body: ExactText(row.text(7)), status: status,
            attempts: row.int(9), createdAt: Timestamp(milliseconds: row.int(10)),
            sentAt: row.optionalInt(11).map { Timestamp(milliseconds: $0) }, repeatNumber: row.int(12),
            traceparent: row.optionalText(13))
    }
}
