import Crypto
import Testing

/// Known answers: RFC 4231.
@Suite struct HMACSHA256Tests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ])
    func authenticates(key: [UInt8], message: String, expected: String) {
        #expect(hex(HMACSHA256.authenticate(Array(message.utf8), key: key)) == expected)
    }

    @Test func nothingHasACodeToo() {
        #expect(HMACSHA256.authenticate([], key: []).count == 32)
    }

    @Test func randomBytesAreOthersEachTime() {
        let made = (0..<1_000).map { _ in RandomBytes.make(32) }
        #expect(Set(made).count == 1_000 && made.allSatisfy { $0.count == 32 })
        #expect(RandomBytes.make(0).isEmpty)
    }
}
