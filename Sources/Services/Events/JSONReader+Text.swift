package import ExactText
package import JSON
import VisibleText

/// The rules for text that people and other systems send us. A field that breaks one is noted and nil.
///
/// `isKept`: it was taken before, and stands in an event or a row. Earlier versions took text that can't be seen.
extension JSONReader {
    /// 1 to `limit` characters (Unicode scalars), one of which can be seen, no control characters.
    package mutating func text(limit: Int, isKept: Bool = false) throws -> ExactText? {
        guard let text = try string() else { return nil }
        guard let complaint = Text.complaint(about: text, limit: limit, isKept: isKept) else { return ExactText(text) }
        note(complaint)
        return nil
    }

    /// 1 to 64 printable characters.
    package mutating func productID(isKept: Bool = false) throws -> ProductID? {
        try text(limit: Text.productIDLimit, isKept: isKept).map { ProductID($0.string) }
    }

    /// One @ with something on both sides, no spaces, at most 320 characters. Whether it exists, only the mail knows.
    package mutating func email(isKept: Bool = false) throws -> ExactText? {
        guard let text = try text(limit: Text.contactLimit, isKept: isKept) else { return nil }
        guard let complaint = Text.emailComplaint(text.string, isKept: isKept) else { return text }
        note(complaint)
        return nil
    }

    /// 5 to 15 digits (E.164 has at most 15), and besides only spaces and `+ ( ) - .`
    package mutating func phone() throws -> ExactText? {
        guard let text = try text(limit: Text.contactLimit) else { return nil }
        let bytes = text.string.utf8
        let digits = bytes.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let others = bytes.count { " +()-.".utf8.contains($0) }
        guard (5...15).contains(digits), digits + others == bytes.count else {
            note("must be a phone number: 5 to 15 digits, and besides only spaces and + ( ) - .")
            return nil
        }
        return text
    }
}

package enum Text {
    package static let productIDLimit = 64
    package static let nameLimit = 200
    /// Why an order was cancelled.
    package static let reasonLimit = 500
    /// RFC 3696, erratum 1690: the longest e-mail address has 254 characters; 320 leaves room for what people send.
    package static let contactLimit = 320

    /// What is wrong with a text; nil when nothing is. The limit counts Unicode scalars, of four bytes at most: what a
    /// person takes for one character can be a letter with a million accents.
    package static func complaint(about text: String, limit: Int, isKept: Bool = false) -> String? {
        if isPlain(text, limit: limit) { return nil }
        let scalars = text.unicodeScalars
        if scalars.allSatisfy(isKept ? { $0.properties.isWhitespace } : { $0.isInvisible }) {
            return "must not be blank"
        }
        if scalars.count > limit { return "must have at most \(limit) characters" }
        if scalars.contains(where: isUnprintable) { return "must not have control characters" }
        return nil
    }

    /// Whether it is ASCII that can be seen from its first character on, as nearly all text is.
    private static func isPlain(_ text: String, limit: Int) -> Bool {
        let answer = text.utf8.withContiguousStorageIfAvailable { bytes in
            guard let first = bytes.first, first > 0x20, bytes.count <= limit else { return false }
            return isPlain(UnsafeRawBufferPointer(bytes))
        }
        return answer ?? false
    }

    /// Eight bytes at a time: a byte below 0x20 or above 0x7E lights the highest bit of its place. (Mycroft's test, as in
    /// the JSON module; false lights stand above a true one only.)
    private static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = 0
        while position + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let special = word | (word &+ ones) | ((word &- (ones &* 0x20)) & ~word)
            guard special & (ones &* 0x80) == 0 else { return false }
            position += 8
        }
        while position < bytes.count, (0x20..<0x7F).contains(bytes[position]) { position += 1 }
        return position == bytes.count
    }

    /// What is wrong with an e-mail address whose text is as it should be; nil when nothing is.
    package static func emailComplaint(_ text: String, isKept: Bool = false) -> String? {
        if isPlainEmail(text) { return nil }
        let scalars = text.unicodeScalars
        let parts = scalars.split(separator: "@", omittingEmptySubsequences: false)
        let isEmail =
            parts.count == 2 && parts.allSatisfy { isKept ? !$0.isEmpty : !$0.allSatisfy(\.isInvisible) }
            && !scalars.contains { $0.properties.isWhitespace }
        return isEmail ? nil : "must be an e-mail address: one @ with something on both sides and no spaces"
    }

    /// Whether it is an address of ASCII, as nearly all are, of a text without complaint.
    private static func isPlainEmail(_ text: String) -> Bool {
        var ats = 0
        for byte in text.utf8 {
            guard byte > 0x20, byte < 0x7F else { return false }
            if byte == UInt8(ascii: "@") { ats += 1 }
        }
        return ats == 1 && text.utf8.first != UInt8(ascii: "@") && text.utf8.last != UInt8(ascii: "@")
    }

    private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value < 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
        default: return false
        }
    }
}
