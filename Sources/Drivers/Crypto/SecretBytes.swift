import CCrypto

/// Comparing what is secret.
package enum SecretBytes {
    /// Whether they are the same bytes. How long it takes tells their number at most (`CRYPTO_memcmp`).
    package static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return one.withUnsafeBytes { one in
            other.withUnsafeBytes { other in
                guard let one = one.baseAddress, let length = Optional(other.count) else { return true }
                return CRYPTO_memcmp(one, other.baseAddress, length) == 0
            }
        }
    }
}
