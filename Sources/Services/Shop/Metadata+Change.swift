package import ExactText
package import JSON
package import JSONSchema

extension Metadata {
    /// What is to be otherwise: a JSON merge patch (RFC 7396).
    package struct Change: Sendable, Hashable {
        /// Whether what was there goes first: the patch is null.
        package var replacesAll = false
        /// nil removes.
        package var entries: [ExactText: ExactText?] = [:]

        package init(replacesAll: Bool = false, entries: [ExactText: ExactText?] = [:]) {
            self.replacesAll = replacesAll
            self.entries = entries
        }

        /// What becomes of it; nil: there would be more entries than there may be.
        package func applied(to metadata: Metadata?) -> Result? {
            let kept = replacesAll ? [] : metadata?.entries ?? []
            var all = Dictionary(kept.map { ($0.key, $0.value) }) { first, _ in first }
            for (key, value) in entries { all[key] = value }
            guard all.count <= Metadata.mostEntries else { return nil }
            return Result(metadata: Metadata(all))
        }

        package struct Result: Sendable, Hashable {
            package var metadata: Metadata?
        }
    }
}

extension Metadata.Change {
    /// As many may be removed as are added.
    private static let mostEntries = 2 * Metadata.mostEntries

    /// nil when a field error was noted.
    package static func read(_ json: inout JSONReader) throws -> Self? {
        if try json.null() { return Self(replacesAll: true) }
        var change = Self()
        var count = 0
        let isObject = try json.object { key, json in
            count += 1
            guard count <= mostEntries else { return try json.skip() }
            let name = key.string
            if let complaint = Text.complaint(about: name, limit: Metadata.keyLimit) {
                json.note("a key \(complaint)")
                try json.skip()
            } else if try json.null() {
                change.entries.updateValue(nil, forKey: ExactText(name))
            } else if let value = try json.string() {
                if let complaint = Text.linesComplaint(about: value, limit: Metadata.valueLimit) {
                    return json.note(complaint)
                }
                change.entries.updateValue(ExactText(value), forKey: ExactText(name))
            }
        }
        guard isObject else { return nil }
        guard count <= mostEntries else {
            json.note("must have at most \(mostEntries) entries")
            return nil
        }
        return change
    }

    package static let schema = JSONSchema.object(
        [],
        others: .each(
            Text.linesSchema(limit: Metadata.valueLimit).orNull, names: Text.schema(limit: Metadata.keyLimit),
            most: mostEntries)
    ).orNull.described(
        """
        Entries that are added or replaced; null removes one, and null in place of the object all. Others stay. There are at \
        most \(Metadata.mostEntries) afterwards.
        """)
}

extension Metadata {
    /// nil when there are none.
    package init?(_ entries: [ExactText: ExactText]) {
        self.init(entries.map { Entry(key: $0.key, value: $0.value) })
    }
}

/// As rows keep it.
extension Metadata {
    /// nil for what `kept` never was, too.
    package init?(kept text: String?) {
        guard let text, let metadata = try? JSON.read(Array(text.utf8), { try Self.read(&$0) }) else { return nil }
        self = metadata
    }

    package var kept: String {
        var json = JSONWriter(capacity: 64 * entries.count)
        write(to: &json)
        return String(decoding: json.finish(), as: UTF8.self)
    }
}
