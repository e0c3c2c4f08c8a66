/// A string of the document, such as a member's name. It points into the document and is for use while that is read.
package struct JSONText {
    let raw: UnsafeRawBufferPointer
    /// Whether it has to be decoded: `"quan\u0074ity"` is `quantity`.
    let hasEscapes: Bool

    package var string: String {
        hasEscapes ? String(decoding: JSONReader.unescape(raw), as: UTF8.self) : String(decoding: raw, as: UTF8.self)
    }

    /// Its UTF-8.
    var bytes: [UInt8] { hasEscapes ? JSONReader.unescape(raw) : Array(raw) }

    /// Its UTF-8, where it stands. (Not generic: a result's type would be looked up at each call.)
    package func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        if hasEscapes { JSONReader.unescape(raw).withUnsafeBytes(body) } else { body(raw) }
    }

    func isEqual(_ other: JSONText) -> Bool {
        if hasEscapes || other.hasEscapes { return bytes == other.bytes }
        return Self.areEqual(raw, other.raw)
    }

    /// `switch key { case "order_id": …` compares bytes and makes no string.
    package static func ~= (name: StaticString, key: JSONText) -> Bool {
        let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        if key.hasEscapes { return key.bytes.elementsEqual(name) }
        return areEqual(key.raw, name)
    }

    private static func areEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        let count = one.count
        guard count == other.count else { return false }
        var position = 0
        // Names are a word or two long.
        while position + 8 <= count {
            let word = one.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            guard word == other.loadUnaligned(fromByteOffset: position, as: UInt64.self) else { return false }
            position += 8
        }
        while position < count {
            guard one[position] == other[position] else { return false }
            position += 1
        }
        return true
    }

    /// One bit of 64, of which names that are alike have the same and most others another one; all bits for one that has to be decoded.
    var bits: UInt64 {
        guard !hasEscapes, let first = raw.first, let last = raw.last else { return .max }
        return 1 << UInt64((raw.count &* 7 &+ Int(first) &* 3 &+ Int(last)) & 63)
    }
}
