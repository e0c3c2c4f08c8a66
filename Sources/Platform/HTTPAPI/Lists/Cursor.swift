internal import Crypto

/// Makes and reads the cursors of a service's lists: where a list goes on, which is nobody's business and nobody's to choose.
///
/// A cursor is one block of AES-128: 8 bytes of a hash of what is listed, and the position. So it says nothing to who has no key, and
/// what was made up, changed, or got from another list turns into a block whose first half is wrong (but for one in 2⁶⁴).
package struct Cursors: Sendable {
    /// Characters of a cursor: 16 bytes in base64url.
    static let length = 22

    private let cipher: BlockCipher

    /// `key`: 16 bytes. All replicas have the same, also after a restart, so it is in their database.
    package init(key: [UInt8]) { cipher = BlockCipher(key: key) }

    /// Of a door that has no lists, and of tests: what it makes no other process reads.
    package static func ofThisProcess() -> Cursors { Cursors(cipher: .random()) }

    private init(cipher: BlockCipher) { self.cipher = cipher }

    /// - Parameter list: what is listed, the same for each of its pages
    func text(_ position: Int64, of list: [UInt8]) -> String {
        let number = (0..<8).map { UInt8(truncatingIfNeeded: position >> (56 - 8 * Int64($0))) }
        return Base64URL.text(cipher.encrypted(Self.tag(list) + number))
    }

    /// nil for what is no cursor of this list.
    func position(_ text: String, of list: [UInt8]) -> Int64? {
        guard text.utf8.count == Self.length, let block = Base64URL.bytes(text) else { return nil }
        let plain = cipher.decrypted(block)
        guard Array(plain[..<8]) == Self.tag(list) else { return nil }
        let position = plain[8...].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return position >= 0 ? position : nil
    }

    private static func tag(_ list: [UInt8]) -> [UInt8] { Array(SHA256.hash(list).prefix(8)) }
}
