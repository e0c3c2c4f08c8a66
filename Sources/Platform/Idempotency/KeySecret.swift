import Crypto
package import Identifiers
package import Timestamps

/// The secret by which a service makes identifiers of Idempotency-Keys: who knows a key, or guesses it, does not know what was
/// made under it. It is made once for each database, is copied with it, and never changes: with another one, repeats would be
/// done again.
package struct KeySecret: Sendable {
    /// Of the secret.
    static let byteCount = 32

    private let bytes: [UInt8]
    /// When it was made, and with that when identifiers were first made so.
    package let madeAt: Timestamp

    /// nil unless it has 32 bytes.
    init?(_ bytes: [UInt8], madeAt: Timestamp) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
        self.madeAt = madeAt
    }

    /// For a database that has none yet.
    static func random() -> [UInt8] { RandomBytes.make(byteCount) }

    /// The same for the same route, key and attempt, on every replica and at every time.
    package func identifier(of key: IdempotencyKey, attempt: Int) -> Identifier {
        .hashed(HMACSHA256.authenticate(key.framed(attempt: attempt).bytes, key: bytes))
    }
}

/// Nobody reads it in a log, an error or a debugger's words.
extension KeySecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "a secret" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
