/// A record out of which a customer was erased, where it stands: its place, key, time and `ce_` attributes are as they were.
extension StoredRecord {
    /// The header that says so, with the time of the erasure.
    package static let erasedHeader = "erased"

    package var isErased: Bool { header(Self.erasedHeader) != nil }
}
