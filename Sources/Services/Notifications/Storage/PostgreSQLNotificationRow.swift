import ExactText
import Identifiers
import PostgreSQL
import Timestamps

/// A row of `notifications`, in the columns of `NotificationRow`.
enum PostgreSQLNotificationRow {
    /// An array of each column's values, in the order of the columns.
    static let parameters = """
        $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], \
        $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[]
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
            .texts(notifications.map(\.traceparent)),
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
            sentAt: row.optionalInt(11).map { Timestamp(milliseconds: $0) }, repeatNumber: row.int(12),
            traceparent: row.optionalText(13))
    }
}
