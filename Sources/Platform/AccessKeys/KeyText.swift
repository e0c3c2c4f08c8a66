import Crypto
import HTTPAPI

/// The text of a key, as it is shown: `ol_` and 32 random bytes in base64url (RFC 4648, 5), without padding.
package enum KeyText {
    private static let prefix = "ol_"
    /// Bytes of a key's text.
    package static let length = 46

    /// A new one.
    package static func make() -> String { prefix + Base64URL.text(RandomBytes.make(32)) }

    /// What is kept of a key in its place: SHA-256, 32 bytes. It takes no salt, for nobody can try 2²⁵⁶ keys.
    static func hash(_ text: String) -> [UInt8] { SHA256.hash(Array(text.utf8)) }
}
