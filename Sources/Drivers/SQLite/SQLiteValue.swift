/// A value on its way into a statement. Text must hold no U+0000, which other engines refuse.
package enum SQLiteValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    /// An empty blob is not null.
    case blob([UInt8])
    /// A blob of 16 bytes, the most significant one first: an identifier, without an array for it.
    case uuid(UInt64, UInt64)

    /// null when there is no number.
    package static func optional(_ value: Int64?) -> SQLiteValue { value.map(SQLiteValue.integer) ?? .null }
    /// null when there is no text.
    package static func optional(_ value: String?) -> SQLiteValue { value.map(SQLiteValue.text) ?? .null }
    /// null when there are no bytes; an empty array is an empty blob.
    package static func optional(_ value: [UInt8]?) -> SQLiteValue { value.map(SQLiteValue.blob) ?? .null }
    /// 1 or 0, for SQLite has no booleans.
    package static func bool(_ value: Bool) -> SQLiteValue { .integer(value ? 1 : 0) }
    package static func int(_ value: some BinaryInteger) -> SQLiteValue { .integer(Int64(value)) }
}

extension SQLiteValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
}
