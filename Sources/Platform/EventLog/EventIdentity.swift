import Crypto
import Headers
package import Identifiers

extension Identifier {
    /// What an event is known by, in inboxes and wherever events are compared. CloudEvents has any text for an id, unique
    /// together with its source; a UUID of one of our services, written as we write it, is taken as it is. Any other is a
    /// UUIDv8 made from SHA-256 of both: 16 bytes, however long they are.
    package static func ofEvent(source: String, id: String) -> Identifier {
        // As we write it: without capital letters there is one text of an identifier.
        if source.hasPrefix(CloudEvent.ownSources), let own = Identifier(id),
            !id.utf8.contains(where: { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "F") })
        {
            return own
        }
        // Behind its length, so that no two pairs make the same bytes.
        let length = withUnsafeBytes(of: Int64(source.utf8.count).littleEndian) { Array($0) }
        return .hashed(SHA256.hash(length + Array(source.utf8) + Array(id.utf8)))
    }
}

extension StoredRecord {
    /// What the event in it is known by; nil when its id or its source can't be read.
    package var eventIdentity: Identifier? {
        let attributes = EventAttributes(self)
        guard let id = attributes[.id], let source = attributes[.source], !id.isEmpty, !source.isEmpty else {
            return nil
        }
        return .ofEvent(source: source, id: id)
    }

    /// `type` of the event in it, in either content mode; nil without one.
    package var eventType: String? { EventAttributes(self)[.type] }

    /// `ce_type`, for who passes over most types: from the headers alone. nil where they do not say it plainly, once and
    /// beside a value that is no document of an event: then `CloudEvent` says what it is, or what is wrong with it.
    package var plainEventType: String? {
        var type: String?
        var isPlain = true
        headers.forEachBytes { name, value in
            if RecordHeaders.are(name, "ce_type") {
                if type != nil { isPlain = false }
                type = value.flatMap(RecordHeaders.string) ?? ""
            } else if RecordHeaders.are(name, "content-type") {
                if value.map({ RecordHeaders.are($0, "application/json") }) != true { isPlain = false }
            }
        }
        return isPlain ? type : nil
    }
}
