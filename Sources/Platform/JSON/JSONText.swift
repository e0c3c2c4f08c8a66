/// A string of the document, such as a member's name. It points into the document and is for use while that is read.
package struct JSONText {
    let raw: UnsafeRawBufferPointer
    /// Where it has escapes: what it means, so that `"quan\u0074ity"` is `quantity`.
    let decoded: [UInt8]?

    package var string: String {
        decoded.map { String(decoding: $0, as: UTF8.self) } ?? String(decoding: raw, as: UTF8.self)
    }

    /// Its UTF-8.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try decoded?.withUnsafeBytes(body) ?? body(raw)
    }

    func isEqual(_ other: JSONText) -> Bool {
        // Hardly a name has escapes: nothing is to be held on to.
        if decoded == nil, other.decoded == nil { return Self.areEqual(raw, other.raw) }
        return withBytes { mine in other.withBytes { Self.areEqual(mine, $0) } }
    }

    /// `switch key { case "order_id": …` compares bytes and makes no string.
    package static func ~= (name: StaticString, key: JSONText) -> Bool {
        let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        if key.decoded == nil { return areEqual(key.raw, name) }
        return key.withBytes { areEqual($0, name) }
    }

    private static func areEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where one[index] != other[index] { return false }
        return true
    }
}
