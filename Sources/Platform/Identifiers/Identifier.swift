/// A UUID (RFC 9562). It sorts as its bytes do, and so as its text does.
package struct Identifier: Sendable, Hashable, Comparable, BitwiseCopyable {
    /// The first eight bytes, the first of them the most significant.
    package let high: UInt64
    /// The last eight bytes.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// As a row holds it; nil of nothing.
    package init?(halves: (high: UInt64, low: UInt64)?) {
        guard let halves else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    /// nil unless there are 16 bytes. Their version and variant are not looked at.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(leading: bytes)
    }

    /// A UUIDv8 made from the first 16 bytes of a hash: the same hash, the same identifier. 6 of the 128 bits say
    /// version and variant. There must be 16 bytes or more.
    package static func hashed(_ sha256: [UInt8]) -> Identifier {
        precondition(sha256.count >= 16, "an identifier is made from a hash of 16 bytes or more")
        let plain = Identifier(leading: sha256)
        return Identifier(
            high: plain.high & 0xffff_ffff_ffff_0fff | 0x8000,
            low: plain.low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }

    private init(leading bytes: [UInt8]) {
        high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 16 bytes, as they go into a database or onto a wire.
    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.storeBytes(of: high.bigEndian, as: UInt64.self)
            raw.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            count = 16
        }
    }

    package static func < (one: Identifier, other: Identifier) -> Bool {
        (one.high, one.low) < (other.high, other.low)
    }
}
