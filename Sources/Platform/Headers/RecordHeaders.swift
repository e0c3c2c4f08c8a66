/// The headers of a record, in order, in one piece of memory: an event has seven or eight, and a String and an array for
/// each would cost more than all else that a record goes through.
///
/// `bytes` has for each its name and its value, each behind its length: four bytes, little-endian, −1 for a null. The
/// embedded log keeps them so.
package struct RecordHeaders: Sendable, Hashable {
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

    package mutating func reserve(bytes count: Int) { bytes.reserveCapacity(count) }

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
                    if name.count == wanted.count, name.elementsEqual(wanted) { last = value }
                }
                return last.flatMap { String(validating: $0, as: UTF8.self) }
            }
        }
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
