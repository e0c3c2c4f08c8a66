package import JSON

/// The rules for text that people and other systems send us. A field that breaks one is noted and nil.
extension JSONReader {
    /// 1 to `limit` characters (Unicode scalars), not only spaces, no control characters.
    package mutating func text(limit: Int) throws -> String? {
        guard let text = try string() else { return nil }
        guard let complaint = Text.complaint(about: text, limit: limit) else { return text }
        note(complaint)
        return nil
    }

    /// 1 to 64 printable characters.
    package mutating func productID() throws -> String? {
        try text(limit: Text.productIDLimit)
    }

    /// One @ with something on both sides, no spaces, at most 320 characters. Whether it exists, only the mail knows.
    package mutating func email() throws -> String? {
        guard let text = try text(limit: Text.contactLimit) else { return nil }
        let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        let isEmail =
            parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && !text.unicodeScalars.contains { $0.properties.isWhitespace }
        guard isEmail else {
            note("must be an e-mail address: one @ with something on both sides and no spaces")
            return nil
        }
        return text
    }

    /// 5 to 15 digits (E.164 has at most 15), and besides only spaces and `+ ( ) - .`
    package mutating func phone() throws -> String? {
        guard let text = try text(limit: Text.contactLimit) else { return nil }
        let digits = text.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let others = text.utf8.count { " +()-.".utf8.contains($0) }
        guard (5...15).contains(digits), digits + others == text.utf8.count else {
            note("must be a phone number: 5 to 15 digits, and besides only spaces and + ( ) - .")
            return nil
        }
        return text
    }
}

package enum Text {
    package static let productIDLimit = 64
    package static let nameLimit = 200
    /// RFC 3696, erratum 1690: the longest e-mail address has 254 characters; 320 leaves room for what people send.
    package static let contactLimit = 320

    /// What is wrong with a text; nil when nothing is.
    package static func complaint(about text: String, limit: Int) -> String? {
        let scalars = text.unicodeScalars
        if scalars.allSatisfy({ $0.properties.isWhitespace }) { return "must not be blank" }
        if scalars.count > limit { return "must have at most \(limit) characters" }
        if scalars.contains(where: isUnprintable) { return "must not have control characters" }
        return nil
    }

    private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value < 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
        default: return false
        }
    }
}
