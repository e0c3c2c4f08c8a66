import Testing

@testable import Idempotency

/// Two lists of values are never the same bytes.
@Suite struct FramedTests {
    private func bytes(_ texts: String?...) -> [UInt8] {
        var framed = Framed()
        for text in texts { framed.add(optional: text) }
        return framed.bytes
    }

    @Test func aSeamMovesNothing() {
        let lists = [
            bytes("ab", "c"), bytes("a", "bc"), bytes("abc"), bytes("abc", ""), bytes("", "abc"), bytes("abc", nil),
            bytes(nil, "abc"), bytes(), bytes(""), bytes(nil), bytes("a\0b", "c"), bytes("a", "b", "c"),
        ]
        #expect(Set(lists).count == lists.count)
    }

    @Test func numbersAreFramedToo() {
        func bytes(_ first: Int64, _ second: Int64) -> [UInt8] {
            var framed = Framed()
            framed.add(first)
            framed.add(second)
            return framed.bytes
        }
        #expect(bytes(1, 0) != bytes(0, 1) && bytes(1, 0).count == 24)
    }
}
