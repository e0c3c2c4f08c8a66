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

    /// 1 to 64 printable characters, but not `.` or `..`: in a path they mean another one (RFC 3986, 5.2.4), so that no URL could
    /// name the product.
    package mutating func productID(isKept: Bool = false) throws -> ProductID? {
        try shopID(isKept: isKept).map { ProductID($0.string) }
    }

    /// By the same rules, what the shop calls something else.
    package mutating func shopID(isKept: Bool = false) throws -> ExactText? {
        guard let text = try text(limit: Text.productIDLimit, isKept: isKept) else { return nil }
        guard isKept || ![".", ".."].contains(text.string) else {
            note("must not be . or .., which no URL can name")
            return nil
        }
        return text
    }

    /// A text that a form may have left empty: nil, and no field error, when it is null or nothing of it can be seen.
    package mutating func looseText(limit: Int) throws -> ExactText? {
        try loose { Text.complaint(about: $0, limit: limit) }
    }

    /// The same of several lines.
    package mutating func looseLines(limit: Int) throws -> ExactText? {
        try loose { Text.linesComplaint(about: $0, limit: limit) }
    }

    private mutating func loose(_ complaint: (String) -> String?) throws -> ExactText? {
        guard try !null(), let text = try string(), !text.unicodeScalars.allSatisfy(\.isInvisible) else { return nil }
        guard let complaint = complaint(text) else { return ExactText(text) }
        note(complaint)
        return nil
    }

    /// One @ with something on both sides, no spaces, no empty part between the dots of the host, at most 320 characters. Whether
    /// it exists, only the mail knows: before the @ there are real ones with two dots in a row, or one at the end.
    package mutating func email(isKept: Bool = false) throws -> ExactText? {
        guard let text = try text(limit: Text.contactLimit, isKept: isKept) else { return nil }
        guard let complaint = Text.emailComplaint(text.string, isKept: isKept) else { return text }
        note(complaint)
        return nil
    }

    /// 5 to 15 digits (E.164 has at most 15), a `+` before them, and besides only spaces and `( ) - . /`
    package mutating func phone(isKept: Bool = false) throws -> ExactText? {
        guard let text = try text(limit: Text.contactLimit, isKept: isKept) else { return nil }
        guard Text.isPhone(text.string, isKept: isKept) else {
            note("must be a phone number: 5 to 15 digits, a + before them, and besides only spaces and ( ) - . /")
            return nil
        }
        return text
    }
}

/// How long texts may be, in Unicode scalars, and what else may be said against them.
package enum Text {
    /// Of a product's id.
    package static let productIDLimit = 64
    /// Of the name of a customer or a product.
    package static let nameLimit = 200
    /// Why an order was cancelled.
    package static let reasonLimit = 500
    /// What is noted with an order.
    package static let noteLimit = 2_000
    /// Who carries an order, and by which number.
    package static let carrierLimit = 200
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
        if !isKept, scalars.contains(where: \.properties.isNoncharacterCodePoint) {
            return "must not have code points that are no characters"
        }
        return nil
    }

    /// The same of a text that may have line breaks and tabs, and may be empty.
    package static func linesComplaint(about text: String, limit: Int) -> String? {
        let scalars = text.unicodeScalars
        if scalars.count > limit { return "must have at most \(limit) characters" }
        if scalars.contains(where: { isUnprintable($0) && !["\t", "\n", "\r"].contains($0) }) {
            return "must not have control characters but line breaks and tabs"
        }
        return scalars.contains(where: \.properties.isNoncharacterCodePoint)
            ? "must not have code points that are no characters" : nil
    }

    /// Whether it is ASCII that can be seen from its first character on, as nearly all text is.
    private static func isPlain(_ text: String, limit: Int) -> Bool {
        let answer = text.utf8.withContiguousStorageIfAvailable { bytes in
            guard let first = bytes.first, first > 0x20, bytes.count <= limit else { return false }
            return PlainASCII.isAll(UnsafeRawBufferPointer(bytes))
        }
        return answer ?? false
    }

    /// What is wrong with an e-mail address whose text is as it should be; nil when nothing is.
    package static func emailComplaint(_ text: String, isKept: Bool = false) -> String? {
        if isPlainEmail(text) { return isKept || !hasEmptyLabel(text) ? nil : emailRule }
        let scalars = text.unicodeScalars
        let parts = scalars.split(separator: "@", omittingEmptySubsequences: false)
        let isEmail =
            parts.count == 2 && parts.allSatisfy { isKept ? !$0.isEmpty : !$0.allSatisfy(\.isInvisible) }
            && !scalars.contains { $0.properties.isWhitespace } && (isKept || !hasEmptyLabel(text))
        return isEmail ? nil : emailRule
    }

    private static let emailRule =
        "must be an e-mail address: one @ with something on both sides, no spaces, and no two dots "
        + "in a row behind it"

    /// Whether the host begins or ends with a dot, or has two in a row: no name does (RFC 1035, 2.3.1).
    private static func hasEmptyLabel(_ email: String) -> Bool {
        guard let at = email.utf8.lastIndex(of: UInt8(ascii: "@")) else { return false }
        var before = UInt8(ascii: ".")
        for byte in email.utf8[email.utf8.index(after: at)...] {
            if byte == UInt8(ascii: "."), before == byte { return true }
            before = byte
        }
        return before == UInt8(ascii: ".")
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

    /// 5 to 15 digits, one `+` at most and only spaces and `(` before it, and besides only spaces and `( ) - . /`
    package static func isPhone(_ text: String, isKept: Bool) -> Bool {
        var digits = 0
        var plusses = 0
        var hasBegun = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                hasBegun = true
            case UInt8(ascii: "+"):
                plusses += 1
                // Earlier versions took it anywhere, and several.
                guard isKept || plusses == 1 && !hasBegun else { return false }
            case UInt8(ascii: " "), UInt8(ascii: "("): break
            case UInt8(ascii: ")"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"): hasBegun = true
            default: return false
            }
        }
        return (5...15).contains(digits)
    }

    private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value < 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
        default: return false
        }
    }
}
