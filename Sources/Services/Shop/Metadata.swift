package import ExactText
package import JSON
package import JSONSchema

/// What the shop notes of a thing for itself: at most 50 texts under names of its own.
package struct Metadata: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        /// 1 to 40 characters.
        package var key: ExactText
        /// At most 500 characters; may be empty.
        package var value: ExactText
    }

    /// Sorted by their keys, of which none comes twice: in which order they were sent makes no difference.
    package let entries: [Entry]

    /// nil when there are none.
    package init?(_ entries: [Entry]) {
        if entries.isEmpty { return nil }
        self.entries = entries.sorted { $0.key < $1.key }
    }
}

/// `{"key": "value"}`: the one form of it, in requests, answers, events and rows.
extension Metadata {
    package static let mostEntries = 50
    package static let keyLimit = 40
    package static let valueLimit = 500

    package func write(to json: inout JSONWriter) {
        json.object { json in
            for entry in entries {
                json.key(string: entry.key.string)
                json.string(entry.value.string)
            }
        }
    }

    /// nil where there are none, and when a field error was noted.
    package static func read(_ json: inout JSONReader) throws -> Metadata? {
        var entries: [Entry] = []
        var count = 0
        let isObject = try json.object { key, json in
            count += 1
            guard count <= mostEntries else { return try json.skip() }
            let name = key.string
            if let complaint = Text.complaint(about: name, limit: keyLimit) {
                json.note("a key \(complaint)")
                return try json.skip()
            }
            guard let value = try json.string() else { return }
            if let complaint = Text.linesComplaint(about: value, limit: valueLimit) { return json.note(complaint) }
            entries.append(Entry(key: ExactText(name), value: ExactText(value)))
        }
        guard isObject else { return nil }
        if count > mostEntries { json.note("must have at most \(mostEntries) entries") }
        return Metadata(entries)
    }

    /// As it is asked for.
    package static let schema = JSONSchema.object(
        [],
        others: .each(
            Text.linesSchema(limit: valueLimit), names: Text.schema(limit: keyLimit), most: mostEntries)
    ).described("What the shop notes for itself: at most \(mostEntries) texts under names of its own.")

    /// As it is sent.
    package static let sent = JSONSchema.object([], others: .each(.text(0...valueLimit), most: mostEntries))
        .described("What the shop noted for itself.")

    /// As events have it.
    package static let kept = JSONSchema.object(
        [], others: .each(Text.linesSchema(limit: valueLimit), most: mostEntries)
    ).described("What the shop noted for itself, under names of its own, of 1 to \(keyLimit) characters.")
}
