import ExactText
import JSON
import Shop
import Testing

/// Metadata is changed by a JSON merge patch (RFC 7396).
@Suite struct MetadataChangeTests {
    private static let before = Metadata(["a": "1", "b": "2"])

    private func changed(_ patch: String) throws -> Metadata? {
        let change = try JSON.read(Array(patch.utf8)) { try Metadata.Change.read(&$0) }
        return try #require(change.applied(to: Self.before)).metadata
    }

    @Test func entriesAreAddedReplacedAndRemoved() throws {
        #expect(try changed("{}") == Self.before)
        #expect(try changed(#"{"b":"3","c":""}"#) == Metadata(["a": "1", "b": "3", "c": ""]))
        #expect(try changed(#"{"a":null,"absent":null}"#) == Metadata(["b": "2"]))
        #expect(try changed(#"{"a":null,"b":null}"#) == nil)
        #expect(try changed("null") == nil)
        // Text is its bytes: the Kelvin sign is no K.
        #expect(try changed(#"{"\u212a":"x","K":"y"}"#)?.entries.count == 4)
    }

    @Test func thereAreAtMostFifty() throws {
        func patch(_ count: Int, _ value: String) -> String {
            "{" + (0..<count).map { #""k\#($0)":\#(value)"# }.joined(separator: ",") + "}"
        }
        func read(_ patch: String) throws -> Metadata.Change {
            try JSON.read(Array(patch.utf8)) { try Metadata.Change.read(&$0) }
        }
        #expect(try read(patch(48, #""v""#)).applied(to: Self.before) != nil)
        #expect(try read(patch(49, #""v""#)).applied(to: Self.before) == nil)
        #expect(try read(patch(100, "null")).applied(to: Self.before)?.metadata == Self.before)
        #expect(throws: JSONReadError.self) { try read(patch(101, "null")) }
    }

    @Test(arguments: [
        "[]", "7", #"{"":"x"}"#, #"{"a":7}"#, #"{"a":{}}"#, #"{"a\n":"x"}"#, #"{"a":"\u0000"}"#,
        #"{"\#(String(repeating: "k", count: 41))":null}"#, #"{"a":"\#(String(repeating: "v", count: 501))"}"#,
    ])
    func whatItMayNotBeIsAFieldError(_ patch: String) {
        #expect {
            try JSON.read(Array(patch.utf8)) { try Metadata.Change.read(&$0) }
        } throws: { error in
            if case JSONReadError.fields = error { true } else { false }
        }
    }

    @Test func aRowKeepsIt() {
        let metadata = Metadata(["Größe": "5\" \\ \u{1F381}\n", "a": ""])
        #expect(metadata?.kept == #"{"Größe":"5\" \\ 🎁\n","a":""}"#)
        #expect(Metadata(kept: metadata?.kept) == metadata)
        #expect(Metadata(kept: nil) == nil)
    }
}
