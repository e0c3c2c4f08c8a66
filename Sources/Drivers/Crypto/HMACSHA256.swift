import CCrypto

/// HMAC (RFC 2104) with SHA-256, by OpenSSL's libcrypto.
package enum HMACSHA256 {
    /// 32 bytes, which nobody finds without the key.
    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let isDone = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &count) != nil
        // As with `SHA256.hash`: where that is available it fails only for want of memory.
        guard isDone, count == 32 else { preconditionFailure("libcrypto has no HMAC, or no memory for it") }
        return Array(code.prefix(32))
    }
}
