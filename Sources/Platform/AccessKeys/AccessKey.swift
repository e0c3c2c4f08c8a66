import Causes
package import HTTPAPI
package import Timestamps

/// A key, as the keys file has it: what it is called and good for, and the hash by which it is known again.
package struct AccessKey: Sendable, Hashable {
    /// See `isName`.
    package let name: String
    /// At least one, in the order of `Scope`.
    package let scopes: [Scope]
    package let created: Timestamp
    /// nil: never.
    package let expires: Timestamp?
    /// Of its text; 32 bytes.
    let hash: [UInt8]

    /// - Parameter text: the key itself; only its hash is kept
    package init(name: String, scopes: Set<Scope>, created: Timestamp, expires: Timestamp?, text: String) {
        self.init(name: name, scopes: scopes, created: created, expires: expires, hash: KeyText.hash(text))
    }

    private init(name: String, scopes: Set<Scope>, created: Timestamp, expires: Timestamp?, hash: [UInt8]) {
        self.name = name
        self.scopes = Scope.allCases.filter(scopes.contains)
        self.created = created
        self.expires = expires
        self.hash = hash
    }

    package func isExpired(at now: Timestamp) -> Bool { expires.map { $0 <= now } ?? false }

    /// Whether a key may be called so: as what it does will be told.
    package static func isName(_ name: String) -> Bool { CallerName(name) != nil }
}

/// Its line: `NAME SCOPES CREATED EXPIRES SHA256`, with spaces between.
extension AccessKey {
    private static let never = "never"

    /// nil for what is no such line.
    init?(line: some StringProtocol) {
        let words = line.split { $0 == " " || $0 == "\t" }
        guard words.count == 5, Self.isName(String(words[0])), let created = Timestamp(rfc3339: words[2]),
            let hash = Self.bytes(words[4])
        else { return nil }
        let scopes = words[1].split(separator: ",", omittingEmptySubsequences: false).map {
            Scope(rawValue: String($0))
        }
        let known = Set(scopes.compactMap(\.self))
        guard !known.isEmpty, known.count == scopes.count else { return nil }
        let expires = Timestamp(rfc3339: words[3])
        guard expires != nil || words[3] == Self.never else { return nil }
        self.init(name: String(words[0]), scopes: known, created: created, expires: expires, hash: hash)
    }

    var line: String {
        let digits = Array("0123456789abcdef")
        let hash = String(self.hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        let scopes = scopes.map(\.rawValue).joined(separator: ",")
        return "\(name) \(scopes) \(created.rfc3339) \(expires?.rfc3339 ?? Self.never) \(hash)"
    }

    private static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = text.utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return (0..<32).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
    }
}
