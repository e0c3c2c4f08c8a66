import CCrypto

/// AES-128 (FIPS 197) of one block of 16 bytes, by OpenSSL's libcrypto: who has the key can turn it back, to others it is noise.
package struct BlockCipher: Sendable {
    package static let size = 16
    private let key: [UInt8]

    /// `key`: 16 bytes that nobody can guess.
    package init(key: [UInt8]) {
        precondition(key.count == Self.size, "a key has \(Self.size) bytes")
        self.key = key
    }

    /// With a key that nobody can guess.
    package static func random() -> BlockCipher { BlockCipher(key: RandomBytes.make(size)) }

    package func encrypted(_ block: [UInt8]) -> [UInt8] { run(block, encrypts: true) }

    package func decrypted(_ block: [UInt8]) -> [UInt8] { run(block, encrypts: false) }

    private func run(_ block: [UInt8], encrypts: Bool) -> [UInt8] {
        precondition(block.count == Self.size, "a block has \(Self.size) bytes")
        // As with SHA-256, it fails only for want of memory.
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for AES") }
        defer { EVP_CIPHER_CTX_free(context) }
        var result = [UInt8](repeating: 0, count: 2 * Self.size)
        var count: Int32 = 0
        let isDone =
            EVP_CipherInit_ex(context, EVP_aes_128_ecb(), nil, key, nil, encrypts ? 1 : 0) == 1
            && EVP_CIPHER_CTX_set_padding(context, 0) == 1
            && EVP_CipherUpdate(context, &result, &count, block, Int32(Self.size)) == 1
        guard isDone, count == Self.size else { preconditionFailure("libcrypto has no AES-128, or no memory for it") }
        return Array(result.prefix(Self.size))
    }
}
