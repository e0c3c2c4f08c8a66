import EventLog
import JSON
import JSONSchema
import LogTools
import Shop
import Timestamps

/// A record as a list shows it: with the beginning of what it says, however much that is.
struct LogRow: Sendable, Hashable {
    /// Bytes of a key, and of a value, that are told.
    private static let longest = 300

    var position: LogPosition
    /// When what it tells of happened.
    var time: Timestamp
    /// Its timestamp on the log.
    var timestamp: Timestamp
    var type: String?
    var key: String?
    /// nil: it has no value.
    var beginning: String?
    /// Of the whole value.
    var bytes: Int
    /// Whether it is one of those that are looked for.
    var isSelected: Bool

    init(_ record: StoredRecord, selected: Bool) {
        position = record.position
        time = record.time
        timestamp = Timestamp(milliseconds: record.timestamp)
        type = record.eventType?.excerpt(Self.longest)
        key = record.key.map { String(decoding: $0.prefix(2 * Self.longest), as: UTF8.self).excerpt(Self.longest) }
        beginning = record.value.map {
            String(decoding: $0.prefix(2 * Self.longest), as: UTF8.self).excerpt(Self.longest)
        }
        bytes = record.value?.count ?? 0
        isSelected = selected
    }

    /// What it is and where it stands.
    func writeMembers(to json: inout JSONWriter) {
        json.field("position", position.text)
        json.field("topic", position.topic)
        json.field("partition", Int64(position.partition))
        json.field("offset", position.offset)
        json.field("at", time)
        json.field("type", type)
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            writeMembers(to: &json)
            json.field("timestamp", timestamp)
            json.field("key", key)
            json.field("value", beginning)
            json.field("bytes", bytes)
        }
    }

    static let places: [JSONSchema.Property] = [
        .required("position", .text().described("Where it stands: TOPIC/PARTITION:OFFSET.").example("orders/3:17")),
        .required("topic", .text().example("orders")), .required("partition", .integer(0...Int64(Int32.max))),
        .required("offset", .integer(0...Int64.max)),
        .required("at", .dateTime.described("When what it tells of happened (`ce_time`), or its timestamp.")),
        .required("type", .text().orNull.described("The event's `ce_type`; null: it is no event.")),
    ]

    static let schema = JSONSchema.named(
        "LogRow",
        .object(
            places + [
                .required("timestamp", .dateTime.described("Its timestamp on the log.")),
                .required("key", .text().orNull.described("As text; of a long one the beginning.")),
                .required("value", .text().orNull.described("As text, the beginning of it; null: it has none.")),
                .required("bytes", .integer(0...Int64.max).described("Of the whole value.")),
            ]))
}
