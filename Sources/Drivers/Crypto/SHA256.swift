import CCrypto

/// SHA-256 (FIPS 180-4), by OpenSSL's libcrypto.
package enum SHA256 {
    /// Looked up once: to have it looked up for each hash takes longer than to hash an identifier. nil: a policy, or a configuration
    /// without its usual providers (`OPENSSL_CONF`), refuses it. Shared by all threads and never changed.
    nonisolated(unsafe) private static let algorithm: OpaquePointer? = EVP_MD_fetch(nil, "SHA256", nil)

    /// Whether libcrypto has it. To be asked at the start of a program, for without it `hash` traps.
    package static var isAvailable: Bool { digest { _ in } != nil }

    /// 32 bytes.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        hash { hash in bytes.withUnsafeBytes { hash.add($0) } }
    }

    /// The hash of the pieces behind each other.
    package static func hash(_ pieces: [[UInt8]]) -> [UInt8] {
        hash { hash in
            for piece in pieces { piece.withUnsafeBytes { hash.add($0) } }
        }
    }

    /// The hash of what `body` adds.
    package static func hash(_ body: (inout Pieces) -> Void) -> [UInt8] {
        // Where it was available it fails only for want of memory: nothing can go on then.
        guard let digest = digest(body) else { preconditionFailure("libcrypto has no SHA-256, or no memory for it") }
        return digest
    }

    private static func digest(_ body: (inout Pieces) -> Void) -> [UInt8]? {
        guard let algorithm, let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestInit_ex(context, algorithm, nil) == 1 else { return nil }
        var pieces = Pieces(context: context)
        body(&pieces)
        guard pieces.isTaken else { return nil }
        var count: UInt32 = 0
        let digest = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { bytes, size in
            if EVP_DigestFinal_ex(context, bytes.baseAddress, &count) == 1 { size = Int(count) }
        }
        return digest.count == 32 ? digest : nil
    }

    /// What is hashed, piece by piece.
    package struct Pieces: ~Copyable {
        fileprivate let context: OpaquePointer
        /// Whether libcrypto took all of them.
        fileprivate var isTaken = true

        fileprivate init(context: OpaquePointer) {
            self.context = context
        }

        package mutating func add(_ bytes: UnsafeRawBufferPointer) {
            if EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) != 1 { isTaken = false }
        }

        /// Its UTF-8.
        package mutating func add(_ text: String) {
            var text = text
            text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
        }

        /// Eight bytes, the least significant first.
        package mutating func add(_ number: Int64) {
            withUnsafeBytes(of: number.littleEndian) { add($0) }
        }
    }
}
