#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Text that is compared as databases, Kafka and all other programs compare it: by its UTF-8, byte for byte.
///
/// Swift's String takes canonically equivalent text for equal: the Kelvin sign (U+212A) for the letter K, `A` with a
/// combining ring for `Å`. A database has two rows of such a pair. So whatever strangers name and something else keeps is an
/// `ExactText`, and its String is taken out only to be written or shown. (A String may be compared with a word of ours:
/// no text but that word is equivalent to ASCII without `K`, `;` and a grave accent.)
package struct ExactText: Sendable {
    /// To be written or shown; not to be compared.
    package let string: String

    package init(_ string: String) {
        var string = string
        string.makeContiguousUTF8()
        self.string = string
    }

    /// Its length in UTF-8.
    package var byteCount: Int { string.utf8.count }

    /// Below, at or above 0, in the order of bytes: that of SQLite's BINARY and PostgreSQL's collation "C".
    private static func order(_ one: ExactText, _ other: ExactText) -> Int {
        one.withBytes { one in
            other.withBytes { other in
                guard let start = one.baseAddress, let otherStart = other.baseAddress else {
                    return one.count - other.count
                }
                let order = memcmp(start, otherStart, min(one.count, other.count))
                return order == 0 ? one.count - other.count : Int(order)
            }
        }
    }

    /// Its UTF-8, which stands there until `body` returns.
    package func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let value = string.utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
        // It is contiguous since `init`.
        return value ?? Array(string.utf8).withUnsafeBytes(body)
    }
}

extension ExactText: Hashable, Comparable {
    package static func == (one: ExactText, other: ExactText) -> Bool {
        one.byteCount == other.byteCount && order(one, other) == 0
    }

    package static func < (one: ExactText, other: ExactText) -> Bool { order(one, other) < 0 }

    package func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: $0) }
        // Of several texts behind each other none may take a byte of the next: no UTF-8 has this one.
        hasher.combine(0xFF as UInt8)
    }
}

extension ExactText: ExpressibleByStringInterpolation, CustomStringConvertible {
    package init(stringLiteral string: String) { self.init(string) }

    package var description: String { string }
}
