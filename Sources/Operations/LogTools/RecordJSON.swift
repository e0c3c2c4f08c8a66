package import EventLog
import Foundation
package import JSON

/// A record as one JSON object on one line, with everything, byte for byte.
///
/// `value` is the record's JSON itself where it is JSON on one line; otherwise `value_text` is its text, or
/// `value_base64` its bytes; a record without a value has none of them. Keys and headers likewise: `key` or
/// `key_base64`, `value` or `value_base64`.
package enum RecordJSON {
    package static func line(_ record: StoredRecord) -> [UInt8] {
        var json = JSONWriter(capacity: 512 + (record.value?.count ?? 0))
        json.object { json in
            json.field("topic", record.position.topic)
            json.field("partition", Int64(record.position.partition))
            json.field("offset", record.position.offset)
            json.field("timestamp", record.timestamp)
            write(record.key, text: "key", base64: "key_base64", to: &json)
            json.key("headers")
            json.array { json in
                for header in record.headers {
                    json.object { json in
                        json.field("name", header.name)
                        write(header.value, text: "value", base64: "value_base64", to: &json)
                    }
                }
            }
            if let value = record.value, isPlainJSON(value) {
                json.key("value")
                json.raw(value)
            } else {
                write(record.value, text: "value_text", base64: "value_base64", to: &json)
            }
        }
        return json.finish()
    }

    private static func write(
        _ bytes: [UInt8]?, text: StaticString, base64: StaticString, to json: inout JSONWriter
    ) {
        guard let bytes else { return }
        if let string = String(validating: bytes, as: UTF8.self) {
            json.field(text, string)
        } else {
            json.field(base64, Data(bytes).base64EncodedString())
        }
    }

    /// An object or a list, on one line, that a strict reader reads.
    private static func isPlainJSON(_ value: [UInt8]) -> Bool {
        guard let first = value.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            let last = value.last, last == UInt8(ascii: "}") || last == UInt8(ascii: "]"),
            !value.contains(UInt8(ascii: "\n")), !value.contains(UInt8(ascii: "\r"))
        else { return false }
        let isJSON = try? JSON.read(value) { json -> Bool? in
            try json.skip()
            return true
        }
        return isJSON == true
    }

    /// A line of an export. Its offset is told in the position and means nothing to another log.
    package static func read(_ line: [UInt8]) throws(JSONReadError) -> StoredRecord {
        try JSON.read(line, record)
    }

    private static func record(_ json: inout JSONReader) throws -> StoredRecord? {
        var topic: String?
        var partition: Int64?
        var offset: Int64 = 0
        var timestamp: Int64?
        var key: [UInt8]?
        var headers: [LogHeader]?
        var value: [UInt8]?
        let isObject = try json.object { name, json in
            switch name {
            case "topic": topic = try json.string()
            case "partition": partition = try json.int(in: 0...Int64(Int32.max))
            case "offset": offset = try json.int(in: 0...Int64.max) ?? 0
            case "timestamp": timestamp = try json.int(in: -1...Int64.max)
            case "key": key = try json.string().map { Array($0.utf8) }
            case "key_base64": key = try base64(&json)
            case "value_base64": value = try base64(&json)
            case "headers": headers = try readHeaders(&json)
            case "value": value = try json.raw()
            case "value_text": value = try json.string().map { Array($0.utf8) }
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (
            json.require(topic, "topic"), json.require(partition, "partition"), json.require(timestamp, "timestamp"),
            json.require(headers, "headers")
        )
        guard let topic = present.0, let partition = present.1, let timestamp = present.2, let headers = present.3
        else { return nil }
        return StoredRecord(
            position: LogPosition(topic: topic, partition: Int32(partition), offset: offset), key: key,
            headers: headers, value: value, timestamp: timestamp)
    }

    private static func readHeaders(_ json: inout JSONReader) throws -> [LogHeader]? {
        var headers: [LogHeader] = []
        let isArray = try json.array(count: 0...100_000) { json in
            var name: String?
            var value: [UInt8]?
            let isObject = try json.object { key, json in
                switch key {
                case "name": name = try json.string()
                case "value": value = try json.string().map { Array($0.utf8) }
                case "value_base64": value = try base64(&json)
                default: try json.skip()
                }
            }
            guard isObject, let name = json.require(name, "name") else { return }
            headers.append(LogHeader(name, value))
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
