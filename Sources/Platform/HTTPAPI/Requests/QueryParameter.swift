internal import Timestamps

/// A query parameter of a route, declared with it: what is checked, what errors name, and what a description of the API
/// can say of it.
package struct QueryParameter: Sendable {
    package enum Kind: Sendable, Hashable {
        /// A whole number, digits only.
        case number(ClosedRange<Int64>)
        /// One of these words, as they are written here.
        case choice([String])
        /// 1 to so many characters (Unicode scalars).
        case text(limit: Int)
        /// A time of RFC 3339.
        case time
        /// A `next_cursor` that a page before answered; empty: the first page. `Call.page` reads it.
        case cursor
    }

    package var name: String
    package var kind: Kind
    package var isRequired: Bool
    /// What counts where it is not given, for people.
    package var `default`: String?
    /// One sentence, for people.
    package var description: String
    /// What a text of the right length is like, as far as a regular expression can say it (ECMA-262).
    package var pattern: String?
    /// What is wrong with a text of the right length; nil when nothing is.
    var complaint: @Sendable (String) -> String?

    package init(
        _ name: String, _ kind: Kind, isRequired: Bool = false, default: String? = nil, description: String,
        pattern: String? = nil, complaint: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.default = `default`
        self.description = description
        self.pattern = pattern
        self.complaint = complaint
    }

    /// What is wrong with a value; nil when nothing is.
    func wrong(_ value: String) -> String? {
        switch kind {
        case .number(let range):
            return Self.number(value).map(range.contains) ?? false
                ? nil : "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words):
            return words.contains { $0.utf8.elementsEqual(value.utf8) }
                ? nil : "must be one of " + words.joined(separator: ", ")
        case .text(let limit):
            if value.isEmpty { return "must not be empty" }
            return value.unicodeScalars.count > limit ? "must have at most \(limit) characters" : complaint(value)
        case .time:
            return Timestamp(rfc3339: value) == nil
                ? "must be a time such as 2026-01-31T09:30:00Z (RFC 3339)" : nil
        case .cursor: return nil
        }
    }

    /// Digits alone, so neither `+5` nor `1e3`; nil also for what is too large.
    static func number(_ text: String) -> Int64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(text) : nil
    }
}
