import Foundation
import Headers
import JSON

/// The attributes of the event in a record and its data, as they are written there, in either content mode of CloudEvents'
/// Kafka protocol binding. Nothing is checked but that they can be found: `CloudEvent` says what is wrong with them.
struct EventAttributes {
    enum Name: Int, CaseIterable {
        case specVersion, id, type, source, subject, time, dataContentType, traceParent, traceState, authType, authID

        /// As the event format has it; a header is called `ce_` and this.
        var text: String { word.description }
        var header: String { "ce_" + text }

        /// Made once: they are gone through for each header.
        static let all = allCases

        var word: StaticString {
            switch self {
            case .specVersion: "specversion"
            case .id: "id"
            case .type: "type"
            case .source: "source"
            case .subject: "subject"
            case .time: "time"
            case .dataContentType: "datacontenttype"
            case .traceParent: "traceparent"
            case .traceState: "tracestate"
            case .authType: "authtype"
            case .authID: "authid"
            }
        }
    }

    /// The value is a document that has the attributes and the data.
    let isStructured: Bool
    /// The media type of the value; nil without a `content-type`.
    let contentType: MediaType?
    /// By the raw values of their names.
    private var values = [String?](repeating: nil, count: Name.all.count)
    /// nil: there is none.
    private(set) var data: [UInt8]?
    /// The name of a header that comes twice.
    private let repeated: String?
    /// What can't be read; nil when all can.
    private(set) var complaint: String?

    init(_ record: StoredRecord) {
        let headers = EventHeaders(record.headers)
        contentType = headers.contentType.map { MediaType($0) }
        isStructured = contentType?.isCloudEvent ?? false || Self.isUnlabelled(record, headers, contentType)
        repeated = headers.repeated
        complaint = repeated.map { "the header \($0.excerpt()) comes twice" }
        if isStructured {
            readDocument(record.value)
        } else {
            values = headers.values
            // Ours, and what tracing libraries write.
            if let traceparent = headers.traceparent { values[Name.traceParent.rawValue] = traceparent }
            if let tracestate = headers.tracestate { values[Name.traceState.rawValue] = tracestate }
            data = record.value
        }
    }

    /// Whether a record says by its headers nothing of an event, and its value looks like one in structured mode. So CloudEvents'
    /// Python SDK writes it (`cloudevents.v1`): with the data's `content-type` in place of the document's.
    private static func isUnlabelled(
        _ record: StoredRecord, _ headers: EventHeaders, _ contentType: MediaType?
    ) -> Bool {
        guard headers[.specVersion] == nil, headers[.type] == nil, contentType?.isJSON ?? true,
            let value = record.value
        else { return false }
        let version: String? = try? JSON.read(value, isOpen: true) { json in
            var version: String?
            _ = try json.object { key, json in
                if case "specversion" = key { version = try json.string() } else { try json.skip() }
            }
            return version
        }
        return version != nil
    }

    subscript(_ name: Name) -> String? { values[name.rawValue] }

    /// Whether it is known which type it has: two answers are none.
    var hasOneType: Bool { repeated != "ce_type" && repeated != "content-type" }

    /// CloudEvents' JSON event format: a member for each attribute, `data` with JSON or `data_base64` with bytes. A null is
    /// no value.
    private mutating func readDocument(_ bytes: [UInt8]?) {
        guard contentType?.isJSON ?? true else {
            complain("content-type is \(contentType?.text ?? ""), and only application/cloudevents+json is read")
            return
        }
        guard let bytes else { return }
        var found = values
        var data: [UInt8]?
        var encoded: String?
        do throws(JSONReadError) {
            _ = try JSON.read(bytes, isOpen: true) { json in
                try json.object { key, json in
                    switch key {
                    case "data": if try !json.null() { data = try json.raw() }
                    case "data_base64": if try !json.null() { encoded = try json.string() }
                    default:
                        guard let name = Name.all.first(where: { $0.word ~= key }) else {
                            return try json.skip()
                        }
                        switch name {
                        // Of others, who may write there what they like.
                        case .authType, .authID: found[name.rawValue] = Self.text(try json.raw())
                        default: if try !json.null() { found[name.rawValue] = try json.string() }
                        }
                    }
                } ? true : nil
            }
        } catch {
            complain(error.text(of: "the event"))
        }
        values = found
        self.data = data
        guard let encoded else { return }
        if data != nil { complain("it has both data and data_base64") }
        guard let decoded = Data(base64Encoded: encoded) else { return complain("data_base64 is no base64") }
        self.data = Array(decoded)
    }

    /// nil for JSON that is no string.
    private static func text(_ json: [UInt8]) -> String? {
        json.first == UInt8(ascii: "\"") ? try? JSON.read(json) { try $0.string() } : nil
    }

    private mutating func complain(_ text: String) {
        if complaint == nil { complaint = text }
    }
}

/// A media type (RFC 9110, section 8.3): its name in lower case, and its character set.
struct MediaType {
    let text: String
    private let name: String
    private let charset: String?

    init(_ text: String) {
        self.text = text.excerpt()
        guard text != "application/json" else {
            (name, charset) = (text, nil)
            return
        }
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        name = parts.first ?? ""
        charset = parts.dropFirst().first { $0.hasPrefix("charset=") }.map {
            $0.dropFirst("charset=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        }
    }

    /// Of an event in structured mode, or of a batch of them, in whatever format.
    var isCloudEvent: Bool { name.hasPrefix("application/cloudevents") }

    /// JSON, of which RFC 8259 says that it is UTF-8.
    var isJSON: Bool {
        let isUTF8 = charset.map { ["utf-8", "utf8", "us-ascii"].contains($0) } ?? true
        guard isUTF8 else { return false }
        if isCloudEvent { return name == "application/cloudevents+json" }
        return name == "application/json" || name == "text/json" || name.hasSuffix("+json")
    }
}
