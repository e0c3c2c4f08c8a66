/// Bytes of several values that can be told apart again: each has its length before it, so that no two lists of values are the
/// same bytes.
package struct Framed: Sendable, Hashable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ value: [UInt8]) {
        precondition(value.count < UInt32.max, "a value of four gigabytes is not framed")
        add(length: UInt32(value.count))
        bytes += value
    }

    /// Compared by its UTF-8, as everywhere.
    package mutating func add(_ text: String) { add(Array(text.utf8)) }

    /// nil is another value than an empty text.
    package mutating func add(optional text: String?) {
        guard let text else { return add(length: UInt32.max) }
        add(text)
    }

    package mutating func add(_ number: Int64) { add(withUnsafeBytes(of: number.bigEndian) { Array($0) }) }

    private mutating func add(length: UInt32) { bytes += withUnsafeBytes(of: length.bigEndian) { Array($0) } }
}
