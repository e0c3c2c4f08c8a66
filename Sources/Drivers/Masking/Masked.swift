/// Takes passwords out of texts that people will read: errors, lines of the log, what health says. Whatever may quote an
/// address, a setting or a library's message goes through here.
package enum Masked {
    private static let mask = "***"
    /// What a name that has one of these in it stands for is nobody's business.
    private static let secrets = ["password", "passwd", "pwd", "secret", "token", "passphrase"]

    /// The text without the users and passwords of addresses, and without the values of what is called a password.
    package static func text(_ text: String) -> String {
        // Most texts have neither.
        guard text.utf8.contains(UInt8(ascii: "@")) || text.utf8.contains(UInt8(ascii: "=")) else { return text }
        var masked = ""
        var word = ""
        for character in text {
            if character.isWhitespace || "\"'`,;".contains(character) {
                masked += Self.word(word)
                masked.append(character)
                word = ""
            } else {
                word.append(character)
            }
        }
        return masked + Self.word(word)
    }

    /// Whether an address or a setting has a password in it. A user alone is none.
    package static func hasSecret(_ text: String) -> Bool {
        if named(text.replacing("?", with: "&")).contains(mask) { return true }
        guard let start = text.firstRange(of: "//")?.upperBound, let at = text.lastIndex(of: "@") else { return false }
        return start < at && text[start..<at].contains(":")
    }

    /// The same where even a word with an @ may be the rest of a password that was cut at one, as in a host's name that
    /// libpq made of it.
    package static func address(_ text: String) -> String {
        Self.text(text).split(separator: " ", omittingEmptySubsequences: false).map { word in
            guard let at = word.lastIndex(of: "@") else { return String(word) }
            let start = word.firstIndex { !"\"'`(".contains($0) } ?? word.startIndex
            return start < at ? word[..<start] + mask + word[at...] : String(word)
        }.joined(separator: " ")
    }

    private static func word(_ word: String) -> String {
        named(user(word))
    }

    /// `http://user:secret@host`, and what was meant to be one. An e-mail address has no colon before its @.
    private static func user(_ word: String) -> String {
        guard let at = word.lastIndex(of: "@") else { return word }
        let before = word[..<at]
        if let slashes = before.firstRange(of: "//") {
            return word[..<slashes.upperBound] + mask + word[at...]
        }
        guard before.contains(":") else { return word }
        let start = before.firstIndex(of: "=").map { before.index(after: $0) } ?? word.startIndex
        return word[..<start] + mask + word[at...]
    }

    /// `sasl.password=secret`, `?password=secret&…`.
    private static func named(_ word: String) -> String {
        guard word.contains("=") else { return word }
        return word.split(separator: "&", omittingEmptySubsequences: false).map { part in
            guard let equals = part.firstIndex(of: "="), part.index(after: equals) < part.endIndex else {
                return String(part)
            }
            let name = part[..<equals].lowercased()
            return secrets.contains { name.contains($0) } ? part[...equals] + mask : String(part)
        }.joined(separator: "&")
    }
}
