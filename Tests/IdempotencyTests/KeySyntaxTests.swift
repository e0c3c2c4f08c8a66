import Identifiers
import Testing

@testable import Idempotency

/// Which headers are keys, and which are the same one.
@Suite struct KeySyntaxTests {
    @Test(arguments: [
        ("K", "K"), (#""K""#, "K"), ("a b", "a b"), (#"a"b"#, #"a"b"#), (#"a\b"#, #"a\b"#), (#""a\"b""#, #"a"b"#),
        (#""a\\b""#, #"a\b"#), (#""a b""#, "a b"), (#""\"""#, "\""), ("a;b=1", "a;b=1"), (#""a;b""#, "a;b"),
        (#""K";a"#, "K"), (#""K"; a=1;b="x;\"y";*c-d.e=?0"#, "K"), (#""K";a=:aGk=:"#, "K"), (#""K" "#, "K"),
        (String(repeating: "k", count: 255), String(repeating: "k", count: 255)),
        ("\"" + String(repeating: "\\\\", count: 255) + "\"", String(repeating: "\\", count: 255)),
    ])
    func thisIsAKey(_ header: String, _ key: String) {
        #expect(KeySyntax.key(in: header) == key)
        #expect(KeySyntax.key(in: KeySyntax.quoted(key)) == key)
    }

    @Test(arguments: [
        "", #"""#, #""""#, #""K"#, #""K"x"#, #""K" x"#, #""K\""#, #""a\b""#, #""K""L""#, #""K", "L""#, #""K";"#,
        #""K";A"#, #""K";1"#, #""K";a="#, #""K";a="b"#, #""K";a=b,c"#, #""K";a b"#, "schlüssel", #""schlüssel""#,
        "a\tb",
        String(repeating: "k", count: 256), "\"" + String(repeating: "k", count: 256) + "\"",
    ])
    func thisIsNone(_ header: String) {
        #expect(KeySyntax.key(in: header) == nil)
    }

    /// To an earlier version `"K"` and `K` were two keys: both are looked for, that of this request first.
    @Test func bothSpellingsAreKnownByTheirFormerIDs() throws {
        func key(_ header: String) throws -> IdempotencyKey {
            try #require(
                IdempotencyKey(
                    header: header, route: "POST /orders",
                    request: RequestFingerprint(
                        method: "POST", path: "/orders", body: [], route: "POST /orders", values: nil)))
        }
        let (bare, quoted, more, other) = (try key("K"), try key(#""K""#), try key(#""K";a"#), try key(#""\"K\"""#))
        #expect(bare.formerIdentifiers() == [bare.formerIdentifier(), quoted.formerIdentifier()])
        #expect(quoted.formerIdentifiers() == [quoted.formerIdentifier(), bare.formerIdentifier()])
        #expect(more.formerIdentifiers().count == 3 && more.formerIdentifiers()[0] == more.formerIdentifier())
        // The key `"K"`, with its quotation marks, is another one, which nobody can write bare.
        #expect(Set(other.formerIdentifiers()).isDisjoint(with: bare.formerIdentifiers()))
        // However it is written the next time, it is found.
        #expect(Set(more.keptIdentifiers).intersection(bare.formerIdentifiers()).count == 1)
        #expect(more.keptIdentifiers[0] == more.formerIdentifier())
        #expect(bare.keptIdentifiers == [bare.formerIdentifier()])
        // As version 1 made it: SHA-256 of `K`, a zero byte and `0`.
        #expect(bare.formerIdentifier().description == "27605d5e-a40f-8a3c-9083-e9e4c92239d9")
    }
}
