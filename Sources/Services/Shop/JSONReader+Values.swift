package import Identifiers
package import JSON
package import Timestamps

/// The values that our documents have in common, read from JSON strings.
extension JSONReader {
    /// nil and a field error unless it is a UUID in its canonical form.
    package mutating func identifier() throws -> Identifier? {
        guard let text = try text() else { return nil }
        var identifier: Identifier?
        text.withBytes { identifier = Identifier(utf8: $0) }
        guard let identifier else {
            note("must be a UUID")
            return nil
        }
        return identifier
    }

    /// nil and a field error unless it is a time as RFC 3339 has it.
    package mutating func timestamp() throws -> Timestamp? {
        guard let text = try text() else { return nil }
        var timestamp: Timestamp?
        text.withBytes { timestamp = Timestamp(rfc3339: $0) }
        guard let timestamp else {
            note("must be a time such as 2026-01-31T09:30:00.000Z (RFC 3339)")
            return nil
        }
        return timestamp
    }

    /// nil and a field error unless it is one of the enumeration's raw values.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) throws -> Choice? {
        guard let text = try string() else { return nil }
        guard let choice = Choice(rawValue: text) else {
            note("must be one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
            return nil
        }
        return choice
    }
}
