/// A member's name. It points into the document and is for use inside the closure that got it.
package struct JSONKey {
    let raw: UnsafeRawBufferPointer
    /// Where the name has escapes: what it means, so that `"quan\u0074ity"` is `quantity`.
    let decoded: [UInt8]?

    package var string: String {
        decoded.map { String(decoding: $0, as: UTF8.self) } ?? String(decoding: raw, as: UTF8.self)
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        decoded?.withUnsafeBytes(body) ?? body(raw)
    }

    func isEqual(_ other: JSONKey) -> Bool {
        // Hardly a name has escapes: nothing is to be held on to.
        if decoded == nil, other.decoded == nil { return Self.areEqual(raw, other.raw) }
        return withBytes { mine in other.withBytes { Self.areEqual(mine, $0) } }
    }

    /// `switch key { case "order_id": …` compares bytes and makes no string.
    package static func ~= (name: StaticString, key: JSONKey) -> Bool {
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
