#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The headers of a record, in order, in one piece of memory: an event has seven or eight, and a String and an array for
/// each would cost more than all else that a record goes through.
///
/// `bytes` has for each its name and its value, each behind its length: four bytes, little-endian, −1 for a null. The
/// embedded log keeps them so.
package struct RecordHeaders: Sendable, Hashable {
    /// In the form that stands above.
    package private(set) var bytes: [UInt8]
    package private(set) var count: Int

    package init() {
        bytes = []
        count = 0
    }

    package init(_ headers: some Sequence<RecordHeader>) {
        self.init()
        for header in headers { append(header) }
    }

    /// nil for bytes that are not as described.
    package init?(bytes: [UInt8]) {
        self.bytes = bytes
        count = 0
        var cursor = Cursor()
        while cursor.position < bytes.count {
            guard bytes.withUnsafeBytes({ cursor.next(in: $0) }) != nil else { return nil }
            count += 1
        }
    }

    /// Room for so many bytes in all: saves growing.
    package mutating func reserve(bytes count: Int) { bytes.reserveCapacity(count) }

    /// Behind the others, also where the name is there already.
    package mutating func append(_ header: RecordHeader) {
        var name = header.name
        name.withUTF8 { name in
            let name = UnsafeRawBufferPointer(name)
            guard let value = header.value else { return append(name: name, value: nil) }
            value.withUnsafeBytes { append(name: name, value: $0) }
        }
    }

    /// The name is UTF-8; nil is Kafka's null.
    package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        append(Int32(name.count))
        bytes.append(contentsOf: name)
        append(value.map { Int32($0.count) } ?? -1)
        if let value { bytes.append(contentsOf: value) }
        count += 1
    }

    /// The same of text, without an array for it.
    package mutating func append(_ name: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { value in
            append(
                name: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
                value: UnsafeRawBufferPointer(value))
        }
    }

    private mutating func append(_ length: Int32) {
        withUnsafeBytes(of: length.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Calls `body` for each header with its name and its value, which stand in this memory only until it returns.
    package func forEachBytes(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) throws -> Void
    ) rethrows {
        try bytes.withUnsafeBytes { memory in
            var cursor = Cursor()
            while let (name, value) = cursor.next(in: memory) { try body(name, value) }
        }
    }

    /// The value of the last header of that name, as text; nil when it is missing, null or no UTF-8.
    package func text(_ name: String) -> String? {
        var name = name
        return name.withUTF8 { wanted in
            bytes.withUnsafeBytes { memory in
                var cursor = Cursor()
                var last: UnsafeRawBufferPointer?
                while let (name, value) = cursor.next(in: memory) {
                    if Self.areEqual(name, UnsafeRawBufferPointer(wanted)) { last = value }
                }
                return last.flatMap(Self.string)
            }
        }
    }

    /// A header's value as text: nil for what is no UTF-8.
    package static func string(_ bytes: UnsafeRawBufferPointer) -> String? {
        for byte in bytes where byte >= 0x80 { return String(validating: bytes, as: UTF8.self) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether bytes, a header's name or value, are this text.
    package static func are(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        areEqual(bytes, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether bytes, a header's name for one, begin with this text.
    package static func begin(_ bytes: UnsafeRawBufferPointer, with text: StaticString) -> Bool {
        bytes.count >= text.utf8CodeUnitCount
            && are(UnsafeRawBufferPointer(rebasing: bytes[..<text.utf8CodeUnitCount]), text)
    }

    private static func areEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        guard let start = one.baseAddress, let otherStart = other.baseAddress else { return true }
        return memcmp(start, otherStart, one.count) == 0
    }

    /// Where the next header starts.
    private struct Cursor {
        var position = 0

        /// nil at the end, and for bytes that are not as described.
        mutating func next(
            in memory: UnsafeRawBufferPointer
        ) -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)? {
            guard let name = field(in: memory), let name, let value = field(in: memory) else { return nil }
            return (name, value)
        }

        /// `.some(nil)` is a null.
        private mutating func field(in memory: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?? {
            guard position + 4 <= memory.count else { return nil }
            let length = Int(Int32(littleEndian: memory.loadUnaligned(fromByteOffset: position, as: Int32.self)))
            position += 4
            guard length >= 0 else { return length == -1 ? .some(nil) : nil }
            guard position + length <= memory.count else { return nil }
            defer { position += length }
            return .some(UnsafeRawBufferPointer(rebasing: memory[position..<position + length]))
        }
    }
}

extension RecordHeaders: Sequence {
    package struct Iterator: IteratorProtocol {
        private let bytes: [UInt8]
        private var cursor = Cursor()

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        package mutating func next() -> RecordHeader? {
            bytes.withUnsafeBytes { memory in
                cursor.next(in: memory).map { RecordHeader(String(decoding: $0, as: UTF8.self), $1.map { Array($0) }) }
            }
        }
    }

    package func makeIterator() -> Iterator { Iterator(bytes) }

    package var underestimatedCount: Int { count }
}

extension RecordHeaders: ExpressibleByArrayLiteral {
    package init(arrayLiteral headers: RecordHeader...) {
        self.init(headers)
    }
}

extension RecordHeaders: CustomStringConvertible {
    package var description: String { Array(self).description }
}
