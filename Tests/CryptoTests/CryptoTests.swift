import Crypto
import Testing

/// Known answers: FIPS 180-4's examples and NIST's short messages.
@Suite struct SHA256Tests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func hashesText(text: String, expected: String) {
        #expect(hex(SHA256.hash(Array(text.utf8))) == expected)
        #expect(hex(SHA256.hash(text.utf8.map { [$0] })) == expected)
        #expect(hex(SHA256.hash([[], Array(text.utf8), []])) == expected)
    }

    @Test func hashesNoPieces() {
        #expect(SHA256.hash([[UInt8]]()) == SHA256.hash([UInt8]()))
        #expect(SHA256.hash([UInt8]()).count == 32)
    }

    @Test func hashesAMillionBytes() {
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(hex(SHA256.hash(bytes)) == expected)
        // In pieces that straddle its blocks of 64 bytes.
        let pieces = stride(from: 0, to: bytes.count, by: 997).map { Array(bytes[$0..<min($0 + 997, bytes.count)]) }
        #expect(hex(SHA256.hash(pieces)) == expected)
    }

    @Test func isTheSameOnManyThreads() async {
        let expected = SHA256.hash(Array("orderlog".utf8))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { (0..<100).allSatisfy { _ in SHA256.hash(Array("orderlog".utf8)) == expected } }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}
