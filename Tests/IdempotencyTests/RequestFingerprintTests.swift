import Testing

@testable import Idempotency

/// Which request is a repeat of which.
@Suite struct RequestFingerprintTests {
    private func fingerprint(
        _ body: String, _ value: String?, path: String = "/a", route: String = "PUT /{x}"
    ) -> RequestFingerprint {
        var values = Framed()
        values.add(optional: value)
        return RequestFingerprint(
            method: "PUT", path: path, body: Array(body.utf8), route: route, values: value == nil ? nil : values)
    }

    @Test func theSameValuesAreTheSameRequest() {
        let first = fingerprint("{ }", "v")
        #expect(fingerprint("{}", "v").isRepeat(of: first.kept))
        #expect(!fingerprint("{}", "w").isRepeat(of: first.kept))
        #expect(!fingerprint("{}", "v", route: "PUT /{y}").isRepeat(of: first.kept))
        #expect(!fingerprint("{}", nil).isRepeat(of: first.kept))
    }

    /// Also what a later version reads otherwise, or refuses.
    @Test func theSameBytesAreTheSameRequest() {
        let first = fingerprint("{}", "v")
        #expect(fingerprint("{}", "w").isRepeat(of: first.kept))
        #expect(fingerprint("{}", nil).isRepeat(of: first.kept))
        #expect(!fingerprint("{}", nil, path: "/b").isRepeat(of: first.kept))
    }

    /// An earlier version kept 32 bytes.
    @Test func ofAnEarlierVersionTheBytesAreCompared() {
        let kept = fingerprint("{}", "v").sent
        #expect(fingerprint("{}", "v").isRepeat(of: kept))
        #expect(!fingerprint("{ }", "v").isRepeat(of: kept))
        #expect(!fingerprint("{}", "v").isRepeat(of: []))
    }

    /// An earlier version that writes a row anew leaves the column alone that it does not know.
    @Test func aFingerprintThatWasLeftOverDoesNotCount() {
        let (old, new) = (fingerprint("old", "v"), fingerprint("new", "w"))
        #expect(!fingerprint("other", "v").isRepeat(of: new.sent, old.kept))
        #expect(fingerprint("other", "v").isRepeat(of: old.sent, old.kept))
        #expect(fingerprint("new", "w").isRepeat(of: new.sent, old.kept))
        #expect(fingerprint("new", "w").isRepeat(of: new.sent, nil))
    }
}
