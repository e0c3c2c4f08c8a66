/// The header fields of a request, in the order they came.
///
/// The bytes are kept as they came in one block, and a value becomes a string when it is asked for.
package struct HTTPHeaders: Sendable {
    /// Where a field lies in the block.
    struct Field {
        var name: Int32
        var nameLength: Int32
        var value: Int32
        var valueLength: Int32
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    package init() {}

    package init(_ fields: [(name: String, value: String)]) {
        for (name, value) in fields {
            let start = Int32(bytes.count)
            bytes.append(contentsOf: name.utf8)
            let middle = Int32(bytes.count)
            bytes.append(contentsOf: value.utf8)
            self.fields.append(
                Field(name: start, nameLength: middle - start, value: middle, valueLength: Int32(bytes.count) - middle))
        }
    }

    /// `fields` lie in `bytes`, a request's whole head.
    init(_ fields: [Field], in bytes: UnsafeRawBufferPointer) {
        self.bytes = Array(bytes)
        self.fields = fields
    }

    package var count: Int { fields.count }

    /// The value of the first field of this name, in any case; bytes that are not UTF-8 are replaced by U+FFFD.
    package subscript(name: String) -> String? {
        for field in fields where matches(field, name) { return value(of: field) }
        return nil
    }

    /// The values of all fields of this name, in order.
    package func all(_ name: String) -> [String] {
        var values: [String] = []
        for field in fields where matches(field, name) { values.append(value(of: field)) }
        return values
    }

    /// How many fields have this name.
    package func count(of name: String) -> Int {
        var count = 0
        for field in fields where matches(field, name) { count += 1 }
        return count
    }

    /// All fields as they came.
    package var list: [(name: String, value: String)] {
        fields.map { field in
            let name = bytes[Int(field.name)..<Int(field.name + field.nameLength)]
            return (String(decoding: name, as: UTF8.self), value(of: field))
        }
    }

    private func matches(_ field: Field, _ name: String) -> Bool {
        guard name.utf8.count == Int(field.nameLength) else { return false }
        var index = Int(field.name)
        for byte in name.utf8 {
            guard bytes[index].lowercasedASCII == byte.lowercasedASCII else { return false }
            index += 1
        }
        return true
    }

    private func value(of field: Field) -> String {
        String(decoding: bytes[Int(field.value)..<Int(field.value + field.valueLength)], as: UTF8.self)
    }
}
