/// The scheme of RFC 6750, of an `Authorization` field.
package enum Bearer {
    /// What stands behind `Bearer`, in whatever case that is; nil for another scheme, and where nothing does.
    package static func token(in field: String) -> Substring? {
        let scheme = field.prefix { $0 != " " }
        guard scheme.utf8.count == 6, scheme.lowercased() == "bearer" else { return nil }
        let token = field.dropFirst(scheme.count).drop { $0 == " " }
        return token.isEmpty ? nil : token
    }
}
