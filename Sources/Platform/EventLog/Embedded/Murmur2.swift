/// The hash by which Kafka's Java clients choose a key's partition (MurmurHash2 by Austin Appleby, with the seed of
/// org.apache.kafka.common.utils.Utils).
package enum Murmur2 {
    static func hash(_ bytes: [UInt8]) -> Int32 {
        let multiplier: UInt32 = 0x5BD1_E995
        var hash: UInt32 = 0x9747_B28C ^ UInt32(truncatingIfNeeded: bytes.count)
        var index = 0
        while index + 4 <= bytes.count {
            var word =
                UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
                | UInt32(bytes[index + 3]) << 24
            word = word &* multiplier
            word ^= word >> 24
            word = word &* multiplier
            hash = (hash &* multiplier) ^ word
            index += 4
        }
        let rest = bytes[index...]
        if !rest.isEmpty {
            for (place, byte) in rest.enumerated() { hash ^= UInt32(byte) << UInt32(8 * place) }
            hash = hash &* multiplier
        }
        hash ^= hash >> 13
        hash = hash &* multiplier
        hash ^= hash >> 15
        return Int32(bitPattern: hash)
    }

    /// 0 ..< `partitions`, as Java's clients choose it.
    package static func partition(of key: [UInt8], among partitions: Int32) -> Int32 {
        (hash(key) & 0x7FFF_FFFF) % partitions
    }
}
