/// Who asked, by the name of the key that was shown; never the key. It goes into events, rows and the log, so it is short and
/// has no character that means something in any of them.
package struct CallerName: Sendable, Hashable, CustomStringConvertible {
    /// 1 to 64 of `[A-Za-z0-9._-]`
    package let text: String

    package static let lengths = 1...64
    /// The same, as a regular expression.
    package static let pattern = "^[A-Za-z0-9._-]+$"

    /// nil for what is no name of a key.
    package init?(_ text: String) {
        guard Self.lengths.contains(text.utf8.count), text.utf8.allSatisfy(Self.isTaken) else { return nil }
        self.text = text
    }

    package var description: String { text }

    private static func isTaken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
