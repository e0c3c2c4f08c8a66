import CCrypto

/// SHA-256 (FIPS 180-4), by OpenSSL's libcrypto.
package enum SHA256 {
    /// 32 bytes.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { hash([bytes]) }

    /// The hash of the pieces behind each other.
    package static func hash(_ pieces: [[UInt8]]) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto has no memory for a hash") }
        defer { EVP_MD_CTX_free(context) }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        var isDone = EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        for piece in pieces { isDone = isDone && EVP_DigestUpdate(context, piece, piece.count) == 1 }
        isDone = isDone && EVP_DigestFinal_ex(context, &digest, &count) == 1
        // It fails only where memory does, or where a policy forbids SHA-256: nothing can go on then.
        precondition(isDone && count == 32, "libcrypto has no SHA-256")
        return Array(digest.prefix(32))
    }
}
