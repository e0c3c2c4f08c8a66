/// The header fields of a request, in the order they came.
///
/// The bytes are kept as they came in one block, and a value becomes a string when it is asked for.
package struct HTTPHeaders: Sendable {
    private struct Field {
        let start: Int32
        let nameLength: Int32
        let valueLength: Int32
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    package init() {}

    package init(_ fields: [(name: String, value: String)]) {
        for field in fields {
            var (name, value) = field
            name.withUTF8 { name in value.withUTF8 { append(name: name, value: $0) } }
        }
    }

    package var count: Int { fields.count }

    /// The value of the first field of this name, in any case; bytes that are not UTF-8 are replaced by U+FFFD.
    package subscript(name: String) -> String? {
        for field in fields where matches(field, name) { return value(of: field) }
        return nil
    }

    /// The values of all fields of this name, in order.
    package func all(_ name: String) -> [String] {
        fields.filter { matches($0, name) }.map(value(of:))
    }

    /// All fields as they came.
    package var list: [(name: String, value: String)] {
        fields.map { field in
            let start = Int(field.start)
            let name = String(decoding: bytes[start..<start + Int(field.nameLength)], as: UTF8.self)
            return (name, value(of: field))
        }
    }

    mutating func reserve(fields count: Int, bytes size: Int) {
        fields.reserveCapacity(count)
        bytes.reserveCapacity(size)
    }

    mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        fields.append(
            Field(start: Int32(bytes.count), nameLength: Int32(name.count), valueLength: Int32(value.count)))
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
    }

    private func matches(_ field: Field, _ name: String) -> Bool {
        guard name.utf8.count == Int(field.nameLength) else { return false }
        var index = Int(field.start)
        for byte in name.utf8 {
            guard bytes[index].lowercasedASCII == byte.lowercasedASCII else { return false }
            index += 1
        }
        return true
    }

    private func value(of field: Field) -> String {
        let start = Int(field.start + field.nameLength)
        return String(decoding: bytes[start..<start + Int(field.valueLength)], as: UTF8.self)
    }
}

extension UInt8 {
    var lowercasedASCII: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}
