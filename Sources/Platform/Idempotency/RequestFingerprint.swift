import Crypto

/// By which a request is known again: is it the same one, or another under its key?
package struct RequestFingerprint: Sendable, Hashable {
    /// SHA-256 of the method, the path and the body, byte for byte: all that earlier versions kept.
    package let sent: [UInt8]
    /// SHA-256 of the route and of the values that were read, of what is kept or done alone: white space, the order of members,
    /// escapes, `1.0` for `1` and members with nothing in them make no other request. nil where it could not be read.
    package let read: [UInt8]?

    /// - Parameters:
    ///   - route: the method and the path's pattern, `PUT /inventory/{product_id}/reserve`
    ///   - values: what was read of the path and the body
    package init(method: String, path: String, body: [UInt8], route: String, values: Framed?) {
        sent = SHA256.hash([Array(method.utf8), [0], Array(path.utf8), [0], body])
        read = values.map { values in
            var framed = Framed()
            framed.add(route)
            return SHA256.hash([framed.bytes, values.bytes])
        }
    }

    /// As it is kept: the one behind the other, 32 bytes each.
    package var kept: [UInt8] { sent + (read ?? []) }

    /// Whether a request that is kept as `kept` was this one. What is the same byte for byte is the same, also where a later
    /// version reads it otherwise, or refuses it.
    package func isRepeat(of kept: [UInt8]) -> Bool {
        if kept.prefix(32) == sent[...] { return true }
        guard let read, kept.count == 64 else { return false }
        return kept.suffix(32) == read[...]
    }

    /// The same of a row that has `sent` in one column and, since a later version, `kept` in another. A fingerprint that does not
    /// begin with `sent` was left over when an earlier version wrote the row anew.
    func isRepeat(of sent: [UInt8], _ kept: [UInt8]?) -> Bool {
        guard let kept, kept.prefix(32) == sent[...] else { return isRepeat(of: sent) }
        return isRepeat(of: kept)
    }
}
