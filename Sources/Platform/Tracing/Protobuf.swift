/// A message in Protocol Buffers' wire format, as it is written (https://protobuf.dev/programming-guides/encoding/).
///
/// Our own, for it is these few lines: Debian's libraries want code that a generator made from OpenTelemetry's files. What a
/// field would have by itself, 0 or nothing, is left out as that format has it.
struct Protobuf {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ field: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        varint(field << 3)
        varint(value)
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        varint(field << 3 | 1)
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        guard value != 0 else { return }
        varint(field << 3 | 5)
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ field: UInt64, _ value: String) {
        guard !value.isEmpty else { return }
        data(field, Array(value.utf8))
    }

    /// Also where it is empty: a member of a list, or a choice.
    mutating func data(_ field: UInt64, _ value: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func message(_ field: UInt64, _ write: (inout Protobuf) -> Void) {
        var inner = Protobuf()
        write(&inner)
        data(field, inner.bytes)
    }

    /// A choice's member, which is written whatever it is.
    mutating func chosenNumber(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
