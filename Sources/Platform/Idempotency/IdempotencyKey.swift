import Crypto
import ExactText
package import Identifiers

/// The `Idempotency-Key` of a request: sent again with the same key on the same route, it changes nothing twice and gets the
/// first answer again. After draft-ietf-httpapi-idempotency-key-header, but bare text will do as well.
package struct IdempotencyKey: Sendable, Hashable {
    /// Characters of a key, without what quotes it.
    package static let maximumLength = 255
    /// A key counts for this many seconds.
    package static let lifetime: Int64 = 24 * 60 * 60

    /// The method and the path's pattern: `POST /orders`.
    package let route: String
    /// 1 to 255 printable ASCII characters.
    private let text: ExactText
    /// As it stands in the header: earlier versions took the quotes for a part of it.
    private let spelling: ExactText
    package let request: RequestFingerprint

    /// nil for a header that has no key; see `KeySyntax`.
    package init?(header: String, route: String, request: RequestFingerprint) {
        guard let text = KeySyntax.key(in: header) else { return nil }
        self.route = route
        self.text = ExactText(text)
        spelling = ExactText(header)
        self.request = request
    }

    /// What a secret makes identifiers of. `attempt` counts from 0, for what may have to be made anew.
    func framed(attempt: Int) -> Framed {
        var framed = Framed()
        framed.add(route)
        framed.add(text.string)
        framed.add(Int64(attempt))
        return framed
    }
}

/// Another request was made under the same key.
package struct IdempotencyKeyReused: Error, Sendable, Hashable {
    package init() {}
}

// MARK: - Earlier versions

extension IdempotencyKey {
    /// The identifier that earlier versions make of it: whoever guesses the key has that, too. Nothing is known by it any more but
    /// what such a version made, or may make beside this one.
    package func formerIdentifier(attempt: Int = 0) -> Identifier { Self.formerIdentifier(spelling, attempt) }

    /// The same of each way in which the key may have been written to such a version, to which they were several keys; that of
    /// this request first.
    package func formerIdentifiers(attempt: Int = 0) -> [Identifier] {
        spellings.map { Self.formerIdentifier($0, attempt) }
    }

    /// Under which a first answer is kept, so that it is found however the key is written the next time: as it was written now,
    /// for earlier versions, and where that has parameters, without them.
    package var keptIdentifiers: [Identifier] {
        let plain = Self.plainSpellings(of: text.string)
        let kept = plain.contains(spelling) ? [spelling] : [spelling] + plain.prefix(1)
        return kept.map { Self.formerIdentifier($0, 0) }
    }

    /// That of this request first.
    private var spellings: [ExactText] {
        [spelling] + Self.plainSpellings(of: text.string).filter { $0 != spelling }
    }

    /// Those that have no parameters. Bare text that begins with a quotation mark is another key, or none.
    private static func plainSpellings(of key: String) -> [ExactText] {
        [KeySyntax.quoted(key), key].filter { KeySyntax.key(in: $0) == key }.map { ExactText($0) }
    }

    private static func formerIdentifier(_ text: ExactText, _ attempt: Int) -> Identifier {
        .hashed(SHA256.hash([Array(text.string.utf8), [0], Array(String(attempt).utf8)]))
    }
}
