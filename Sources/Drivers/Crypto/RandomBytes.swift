import CCrypto

/// Bytes that nobody can guess, by OpenSSL's generator, which the system seeds.
package enum RandomBytes {
    /// Traps where the system has no randomness to give: nothing that is secret could be made.
    package static func make(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { preconditionFailure("libcrypto has no random bytes") }
        return bytes
    }
}
