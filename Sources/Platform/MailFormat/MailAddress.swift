/// An address of mail, taken apart, so that it is put together again as RFC 5321 and 5322 want it: whatever somebody typed names one
/// mailbox and nothing else.
package struct MailAddress: Sendable, Hashable {
    /// As it was typed: not quoted.
    package let local: String
    package let domain: String

    /// `local@domain`, where the last @ parts the two. nil: it can't be written in a mail.
    package init?(_ text: String) {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let (local, domain) = (Self.unquoted(String(text[..<at])), text[text.utf8.index(after: at)...])
        // RFC 5321, 4.5.3.1: at most 64 and 255 octets.
        guard (1...64).contains(local.utf8.count), (1...255).contains(domain.utf8.count) else { return nil }
        guard local.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            Self.isLiteral(domain) || domain.utf8.allSatisfy(Self.isOfDomain)
        else {
            return nil
        }
        guard
            domain.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                .allSatisfy({ !$0.isEmpty })
        else { return nil }
        (self.local, self.domain) = (local, String(domain))
    }

    private init(local: String, domain: String) {
        self.local = local
        self.domain = domain
    }

    /// The same with an international domain written in ASCII, as every server and reader understands it. nil: that is too long, or
    /// `ascii` has no such form of it.
    package func withDomain(by ascii: (String) -> String?) -> MailAddress? {
        guard let domain = ascii(domain), (1...255).contains(domain.utf8.count) else { return nil }
        return MailAddress(local: local, domain: domain)
    }

    /// For an envelope and for a head, without angle brackets: the local part quoted where it is no dot-atom.
    package var text: String { "\(isDotAtom ? local : quoted(local))@\(domain)" }

    private var isDotAtom: Bool {
        local.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(isOfAtom) }
    }

    /// As it was meant by somebody who knows that some have to be quoted.
    private static func unquoted(_ local: String) -> String {
        guard local.utf8.count > 2, local.utf8.first == UInt8(ascii: "\""), local.utf8.last == UInt8(ascii: "\"") else {
            return local
        }
        var result = ""
        var isEscaped = false
        for scalar in local.unicodeScalars.dropFirst().dropLast() {
            isEscaped = scalar == "\\" && !isEscaped
            if !isEscaped { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// `[192.0.2.1]` (RFC 5321, 4.1.3).
    private static func isLiteral(_ domain: Substring) -> Bool {
        guard domain.utf8.count > 2, domain.utf8.first == UInt8(ascii: "["), domain.utf8.last == UInt8(ascii: "]")
        else {
            return false
        }
        return domain.utf8.dropFirst().dropLast().allSatisfy { isOfDomain($0) && $0 < 0x80 || $0 == UInt8(ascii: ":") }
    }

    /// Letters, digits, hyphens and dots; from 0x80 on an international one (RFC 6531).
    private static func isOfDomain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}

/// A name and an address: `Your shop <orders@example.com>`.
package struct Mailbox: Sendable, Hashable {
    /// Empty: the address alone.
    package var name: String
    package var address: MailAddress

    /// An address alone, or a name with the address in angle brackets. nil: it is neither.
    package init?(_ text: String) {
        guard text.utf8.last == UInt8(ascii: ">"), let open = text.utf8.lastIndex(of: UInt8(ascii: "<")) else {
            guard let address = MailAddress(text) else { return nil }
            (name, self.address) = ("", address)
            return
        }
        let inside = text[text.utf8.index(after: open)...].dropLast()
        guard let address = MailAddress(String(inside)) else { return nil }
        var name = text[..<open].drop { $0 == " " }
        while name.last == " " { name.removeLast() }
        if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
        guard name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        (self.name, self.address) = (String(name), address)
    }
}

/// RFC 5322, 3.2.3: `atext`; from 0x80 on RFC 6532 adds to it.
func isOfAtom(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
        true
    default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
}

/// RFC 5322, 3.2.4: a quoted string.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
        result.unicodeScalars.append(scalar)
    }
    return result + "\""
}
