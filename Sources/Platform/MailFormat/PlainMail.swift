package import Timestamps

/// A mail of plain text to one recipient, as it goes over the wire (RFC 5322): written by hand, for there is no library in C that makes
/// such a mail and nothing else.
package struct PlainMail: Sendable {
    package var from: Mailbox
    package var to: MailAddress
    package var subject: String
    package var text: String
    package var date: Timestamp
    /// Without angle brackets. The same mail has the same id each time that it is sent: whoever gets it twice can tell.
    package var messageID: String

    package init(
        from: Mailbox, to: MailAddress, subject: String, text: String, date: Timestamp, messageID: String
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.date = date
        self.messageID = messageID
    }

    /// Head and body; lines end with CR and LF. The same mail is the same bytes.
    package func written() -> [UInt8] {
        var head = ""
        func line(_ name: String, _ words: [String]) { head += Self.folded(name, words) }
        line("Date", [date.rfc5322])
        line("From", Self.words(of: from))
        line("To", [to.text])
        line("Subject", Self.words(ofText: subject))
        line("Message-ID", ["<\(messageID)>"])
        // RFC 3834: nobody's holiday notice answers it.
        line("Auto-Submitted", ["auto-generated"])
        line("MIME-Version", ["1.0"])
        line("Content-Type", ["text/plain; charset=utf-8"])
        line("Content-Transfer-Encoding", ["quoted-printable"])
        return Array(head.utf8) + Array("\r\n".utf8) + QuotedPrintable.encode(text)
    }

    private static func words(of mailbox: Mailbox) -> [String] {
        guard !mailbox.name.isEmpty else { return [mailbox.address.text] }
        let isAtoms = mailbox.name.utf8.allSatisfy { $0 < 0x80 && isOfAtom($0) || $0 == 0x20 }
        let name =
            !EncodedWords.arePlain(mailbox.name)
            ? EncodedWords.of(mailbox.name) : [isAtoms ? mailbox.name : quoted(mailbox.name)]
        return name + ["<\(mailbox.address.text)>"]
    }

    private static func words(ofText text: String) -> [String] {
        guard EncodedWords.arePlain(text) else { return EncodedWords.of(text) }
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        // A word that does not fit into a line can't be folded as it is, and blanks at the ends or in a row would be lost.
        return words.allSatisfy { (1...60).contains($0.utf8.count) } ? words : EncodedWords.of(text)
    }

    /// RFC 5322, 2.2.3, and RFC 2047, 2: no line is longer than 76 characters where there is a blank to fold it at.
    private static func folded(_ name: String, _ words: [String]) -> String {
        var result = "\(name):"
        var length = result.utf8.count
        for word in words {
            if length + 1 + word.utf8.count > 76, length > name.utf8.count + 1 {
                result += "\r\n"
                length = 0
            }
            result += " \(word)"
            length += 1 + word.utf8.count
        }
        return result + "\r\n"
    }
}
