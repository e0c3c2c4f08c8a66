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
        withBytes { mine in other.withBytes { mine.elementsEqual($0) } }
    }

    /// `switch key { case "order_id": …` compares bytes and makes no string.
    package static func ~= (name: StaticString, key: JSONKey) -> Bool {
        let count = name.utf8CodeUnitCount
        return key.withBytes { bytes in
            guard bytes.count == count else { return false }
            let start = name.utf8Start
            for index in 0..<count where bytes[index] != start[index] { return false }
            return true
        }
    }
}
