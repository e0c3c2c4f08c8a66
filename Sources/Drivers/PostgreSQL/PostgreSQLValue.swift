/// A parameter of a statement, in PostgreSQL's binary format.
package enum PostgreSQLValue: Sendable, Hashable {
    case null
    case int(Int64)
    case text(String)
    case bytes([UInt8])
    /// 16 bytes.
    case uuid([UInt8])
    case ints([Int64])
    case optionalInts([Int64?])
    case texts([String?])
    case byteArrays([[UInt8]?])
    case uuids([[UInt8]?])

    package static func optional(_ text: String?) -> PostgreSQLValue { text.map { .text($0) } ?? .null }
    package static func optional(_ bytes: [UInt8]?) -> PostgreSQLValue { bytes.map { .bytes($0) } ?? .null }
    package static func optional(_ int: Int64?) -> PostgreSQLValue { int.map { .int($0) } ?? .null }

    /// The type that the server is told; 0: it finds out.
    var oid: UInt32 {
        switch self {
        case .null: 0
        case .int: OID.int8
        case .text: OID.text
        case .bytes: OID.bytea
        case .uuid: OID.uuid
        case .ints, .optionalInts: 1016
        case .texts: 1009
        case .byteArrays: 1001
        case .uuids: 2951
        }
    }

    /// nil is NULL.
    var binary: [UInt8]? {
        switch self {
        case .null: nil
        case .int(let number): Self.bigEndian(number)
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes), .uuid(let bytes): bytes
        case .ints(let numbers): Self.array(of: OID.int8, numbers.map(Self.bigEndian))
        case .optionalInts(let numbers): Self.array(of: OID.int8, numbers.map { $0.map(Self.bigEndian) })
        case .texts(let texts): Self.array(of: OID.text, texts.map { $0.map { Array($0.utf8) } })
        case .byteArrays(let list): Self.array(of: OID.bytea, list)
        case .uuids(let list): Self.array(of: OID.uuid, list)
        }
    }

    /// From PostgreSQL's pg_type.dat; they never change.
    private enum OID {
        static let bytea: UInt32 = 17
        static let int8: UInt32 = 20
        static let text: UInt32 = 25
        static let uuid: UInt32 = 2950
    }

    private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// As array_recv reads it: dimensions, whether there are nulls, the type; length and lower bound of the one dimension;
    /// then each element behind its length.
    private static func array(of type: UInt32, _ elements: [[UInt8]?]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + elements.reduce(0) { $0 + 4 + ($1?.count ?? 0) })
        bytes += bigEndian(Int32(elements.isEmpty ? 0 : 1))
        bytes += bigEndian(Int32(elements.contains { $0 == nil } ? 1 : 0))
        bytes += bigEndian(type)
        guard !elements.isEmpty else { return bytes }
        bytes += bigEndian(Int32(elements.count))
        bytes += bigEndian(Int32(1))
        for element in elements {
            bytes += bigEndian(Int32(element?.count ?? -1))
            if let element { bytes += element }
        }
        return bytes
    }
}
