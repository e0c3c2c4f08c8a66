package import EventLog
import Foundation
import Headers
package import JSON

/// A record as one JSON object on one line, with everything, byte for byte.
///
/// `value` is the record's JSON itself where it is JSON on one line; otherwise `value_text` is its text, or
/// `value_base64` its bytes; a record without a value has none of them. Keys and headers likewise: `key` or
/// `key_base64`, `value` or `value_base64`.
package enum RecordJSON {
    package static func line(_ record: StoredRecord) -> [UInt8] {
        var json = JSONWriter(capacity: 512 + (record.value?.count ?? 0))
        write(record, to: &json)
        return json.finish()
    }

    /// A line each, with its end. Written into one piece of memory: to allocate some for each line costs as much again.
    package static func lines(_ records: [StoredRecord]) -> [UInt8] {
        var json = JSONWriter(capacity: records.reduce(1_024) { $0 + 1_024 + ($1.value?.count ?? 0) })
        for record in records {
            write(record, to: &json)
            json.endLine()
        }
        return json.finish()
    }

    /// The last line of an export: how many records come before it. Without it nobody could tell an export that was cut
    /// off between two lines from a whole one.
    package static func end(count: Int) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("end")
            json.object { $0.field("records", count) }
        }
        json.endLine()
        return json.finish()
    }

    /// What an export's last line counts; nil for any other line.
    package static func readEnd(_ line: UnsafeRawBufferPointer) throws(JSONReadError) -> Int? {
        // Nearly every line is that of a record, and ends the comparison at its third byte.
        guard line.count > 2, line[2] == UInt8(ascii: "e"), line.starts(with: "{\"end\":".utf8) else { return nil }
        return try JSON.read(line) { json in
            var count: Int64?
            _ = try json.object { name, json in
                guard case "end" = name else { return }
                _ = try json.object { name, json in
                    if case "records" = name { count = try json.int(in: 0...Int64.max) }
                }
            }
            return json.require(count, "end.records").map { Int($0) }
        }
    }

    private static func write(_ record: StoredRecord, to json: inout JSONWriter) {
        json.object { json in
            json.field("topic", record.position.topic)
            json.field("partition", Int64(record.position.partition))
            json.field("offset", record.position.offset)
            json.field("timestamp", record.timestamp)
            record.key?.withUnsafeBytes { write($0, text: "key", base64: "key_base64", to: &json) }
            json.key("headers")
            json.array { json in
                record.headers.forEachBytes { name, value in
                    json.object { json in
                        json.key("name")
                        if isUTF8(name) {
                            json.string(utf8: name)
                        } else {
                            json.string(String(decoding: name, as: UTF8.self))
                        }
                        if let value { write(value, text: "value", base64: "value_base64", to: &json) }
                    }
                }
            }
            if let value = record.value, isPlainJSON(value) {
                json.key("value")
                json.raw(value)
            } else {
                record.value?.withUnsafeBytes { write($0, text: "value_text", base64: "value_base64", to: &json) }
            }
        }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, text: StaticString, base64: StaticString, to json: inout JSONWriter
    ) {
        if isUTF8(bytes) {
            json.key(text)
            json.string(utf8: bytes)
        } else {
            json.field(base64, Data(bytes).base64EncodedString())
        }
    }

    private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Nearly all is ASCII, which needs no String to be made of it.
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }

    /// An object or a list, on one line, that a strict reader reads, one level down in the line.
    private static func isPlainJSON(_ value: [UInt8]) -> Bool {
        guard let first = value.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            let last = value.last, last == UInt8(ascii: "}") || last == UInt8(ascii: "]"),
            !contains(value, "\n"), !contains(value, "\r")
        else { return false }
        let isJSON = try? JSON.read(value, depth: 1) { json -> Bool? in
            try json.skip()
            return true
        }
        return isJSON == true
    }

    private static func contains(_ bytes: [UInt8], _ character: UnicodeScalar) -> Bool {
        bytes.withUnsafeBytes { buffer in
            buffer.baseAddress.flatMap { memchr($0, Int32(character.value), buffer.count) } != nil
        }
    }

    /// How a line is read.
    package enum Reading: Sendable {
        case whole
        /// Everything is checked, and the record comes without its headers and its value, in two thirds of the time.
        case checking
        /// Of a line that was checked before: its value is taken as it stands.
        case checked
    }

    /// A line of an export. Its offset is told in the position and means nothing to another log.
    package static func read(
        _ line: UnsafeRawBufferPointer, _ reading: Reading = .whole
    ) throws(JSONReadError) -> StoredRecord {
        try JSON.read(line) { try record(&$0, reading) }
    }

    private static func record(_ json: inout JSONReader, _ reading: Reading) throws -> StoredRecord? {
        let isWhole = reading != .checking
        var topic: String?
        var partition: Int64?
        var offset: Int64 = 0
        var timestamp: Int64?
        var key: [UInt8]?
        var headers: RecordHeaders?
        var value: [UInt8]?
        let isObject = try json.object { name, json in
            switch name {
            case "topic": topic = try json.string()
            case "partition": partition = try json.int(in: 0...Int64(Int32.max))
            case "offset": offset = try json.int(in: 0...Int64.max) ?? 0
            case "timestamp": timestamp = try json.int(in: -1...Int64.max)
            case "key": key = try json.utf8()
            case "key_base64": key = try base64(&json)
            case "value_base64": value = try base64(&json)
            case "headers": headers = try readHeaders(&json, isWhole: isWhole)
            case "value":
                switch reading {
                case .whole: value = try json.raw()
                case .checking: try json.skip()
                case .checked: value = try json.rawChecked()
                }
            case "value_text": if isWhole { value = try json.utf8() } else { _ = try json.skipString() }
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        guard let topic, let partition, let timestamp, let headers else {
            _ = json.require(topic, "topic")
            _ = json.require(partition, "partition")
            _ = json.require(timestamp, "timestamp")
            _ = json.require(headers, "headers")
            return nil
        }
        return StoredRecord(
            position: LogPosition(topic: topic, partition: Int32(partition), offset: offset), key: key,
            headers: headers, value: value, timestamp: timestamp)
    }

    private static func readHeaders(_ json: inout JSONReader, isWhole: Bool) throws -> RecordHeaders? {
        var headers = RecordHeaders()
        // As much as an event's take, and a trace's.
        if isWhole { headers.reserve(bytes: 400) }
        let isArray = try json.array(count: 0...100_000) { json in
            var name: JSONText?
            var value: JSONText?
            var bytes: [UInt8]?
            let isObject = try json.object { key, json in
                switch key {
                case "name": name = try json.text()
                case "value": value = try json.text()
                case "value_base64": bytes = try base64(&json)
                default: try json.skip()
                }
            }
            guard isObject else { return }
            guard let name else {
                _ = json.require(name, "name")
                return
            }
            guard isWhole else { return }
            name.withBytes { name in
                if let value {
                    value.withBytes { headers.append(name: name, value: $0) }
                } else if let bytes {
                    bytes.withUnsafeBytes { headers.append(name: name, value: $0) }
                } else {
                    headers.append(name: name, value: nil)
                }
            }
        }
        return isArray ? headers : nil
    }

    private static func base64(_ json: inout JSONReader) throws -> [UInt8]? {
        guard let text = try json.string() else { return nil }
        guard let data = Data(base64Encoded: text) else {
            json.note("must be base64")
            return nil
        }
        return Array(data)
    }
}
