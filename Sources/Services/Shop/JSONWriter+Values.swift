package import Identifiers
package import JSON
package import Timestamps

/// The values that our documents have in common, written without a String for each.
extension JSONWriter {
    package mutating func string(_ id: Identifier) {
        withUnsafeTemporaryAllocation(byteCount: 36, alignment: 1) { text in
            id.write(to: text)
            string(utf8: UnsafeRawBufferPointer(text))
        }
    }

    package mutating func field(_ name: StaticString, _ id: Identifier) {
        key(name)
        string(id)
    }

    /// As RFC 3339 has it.
    package mutating func field(_ name: StaticString, _ time: Timestamp) {
        key(name)
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { text in
            time.write(to: text)
            string(utf8: UnsafeRawBufferPointer(text))
        }
    }
}
