import EventLog
import Foundation
import Headers
import JSON
import JSONSchema
import Shop
import Timestamps

/// A record in full, or as much of it as is told: others may have written one of megabytes.
struct RecordAnswer: Sendable {
    /// Bytes of a value that are told where nobody asks for all of it.
    static let mostShown = 64 << 10
    /// Of a key and of each header. Together they may have as much as a record.
    private static let longest = 8 << 10
    private static let mostHeaders = 200

    let record: StoredRecord
    var isWhole = false

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("timestamp", Timestamp(milliseconds: record.timestamp))
            json.field("key", record.key.map { Self.text($0, Self.longest) })
            json.key("headers")
            json.array { json in
                for header in record.headers.prefix(Self.mostHeaders) {
                    json.object { json in
                        json.field("name", header.name.excerpt(Self.longest))
                        json.field("value", header.value.map { Self.text($0, Self.longest) })
                    }
                }
            }
            json.field("header_count", record.headers.count)
            writeValue(to: &json)
        }
    }

    /// As text where it is text; else in base64, so that no byte is lost.
    private func writeValue(to json: inout JSONWriter) {
        let bytes = record.value ?? []
        let shown = isWhole ? bytes.count : Self.end(of: bytes, Self.mostShown)
        let part = bytes[..<shown]
        let text = record.value == nil ? nil : String(validating: part, as: UTF8.self)
        json.field("value", text)
        if record.value != nil, text == nil { json.field("value_base64", Data(part).base64EncodedString()) }
        json.field("bytes", bytes.count)
        json.field("shown", shown)
    }

    /// Where to cut: behind a whole character, where it is text.
    private static func end(of bytes: [UInt8], _ limit: Int) -> Int {
        guard bytes.count > limit else { return bytes.count }
        var end = limit
        while end > limit - 4, UTF8.isContinuation(bytes[end]) { end -= 1 }
        return UTF8.isContinuation(bytes[end]) ? limit : end
    }

    private static func text(_ bytes: [UInt8], _ limit: Int) -> String {
        String(decoding: bytes.prefix(limit + 4), as: UTF8.self).excerpt(limit)
    }

    static let schema = JSONSchema.named(
        "Record",
        .object([
            .required("timestamp", .dateTime), .required("key", .text().orNull.described("As text.")),
            .required(
                "headers", .array(of: .object([.required("name", .text()), .required("value", .text().orNull)]))),
            .required("header_count", .integer(0...Int64.max).described("Of all; the first \(mostHeaders) are told.")),
            .required(
                "value",
                .text().orNull.described(
                    "Its value where it is text, of which \(mostShown >> 10) KiB are told where nobody asks for all.")),
            .optional("value_base64", .text().described("The same of what is no text.")),
            .required("bytes", .integer(0...Int64.max).described("Of the whole value.")),
            .required("shown", .integer(0...Int64.max).described("Of the value, as far as it is told.")),
        ]))
}

/// One record, found by its place.
struct PlacedRecord: Sendable {
    let answer: RecordAnswer
    let range: PartitionRange

    /// Throws an `EventLogError`; nil: no record stands there.
    static func find(_ place: LogPosition, isWhole: Bool, in log: any EventLog) async throws(EventLogError)
        -> PlacedRecord?
    {
        let ranges = try await log.ranges(topic: place.topic)
        guard let range = ranges.first(where: { $0.partition == place.partition }), place.offset < range.end else {
            return nil
        }
        let found = try await log.read(topic: place.topic, partition: place.partition, from: place.offset, limit: 1)
        guard let record = found.first, record.position == place else { return nil }
        return PlacedRecord(answer: RecordAnswer(record: record, isWhole: isWhole), range: range)
    }

    func json() -> [UInt8] {
        let record = answer.record
        var json = JSONWriter(capacity: 8 << 10)
        json.object { json in
            LogRow(record, selected: true).writeMembers(to: &json)
            json.key("record")
            answer.write(to: &json)
            json.key("partition_range")
            range.write(to: &json)
        }
        return json.finish()
    }

    static let schema = JSONSchema.named(
        "PlacedRecord",
        .object(
            LogRow.places + [
                .required("record", RecordAnswer.schema), .required("partition_range", PartitionRange.schema),
            ]))

    static let example = """
        {"position":"orders/3:17","topic":"orders","partition":3,"offset":17,"at":"2026-01-31T09:30:00.000Z",\
        "type":"orderlog.OrderConfirmed.v1","record":{"timestamp":"2026-01-31T09:30:00.000Z",\
        "key":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","headers":[{"name":"ce_type","value":"orderlog.OrderConfirmed.v1"}],\
        "header_count":1,"value":"{}","bytes":2,"shown":2},"partition_range":{"partition":3,"earliest":0,"end":18}}
        """
}
