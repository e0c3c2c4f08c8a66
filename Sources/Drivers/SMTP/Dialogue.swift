/// What has been said on a connection about one mail, as libcurl tells of it: which command was the last, and how the server answered.
struct Dialogue {
    /// What the last command was about.
    enum Stage: Equatable {
        /// Greeting, EHLO, STARTTLS, AUTH.
        case opening
        case sender, recipient, data
        /// The mail itself is going out, or has gone.
        case content
    }

    private(set) var stage = Stage.opening
    /// For people.
    private(set) var command = "connecting"
    /// The last answer's code, 200 to 599; 0: none to the last command.
    private(set) var code = 0
    /// `X.Y.Z` of RFC 3463, where the answer begins with one.
    private(set) var enhanced = ""

    /// The mail's fate is known: QUIT has been said.
    private(set) var isOver = false
    /// Whether somebody is logged in.
    private let isKnown: Bool
    /// Bytes of the mail that have not gone out, before the dots that are doubled.
    private var left: Int

    /// `size`: bytes of the mail
    init(isKnown: Bool, size: Int) {
        self.isKnown = isKnown
        left = size
    }

    mutating func sent(command line: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        let word = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }
        switch String(decoding: word, as: UTF8.self) {
        case "MAIL": (stage, command) = (.sender, "MAIL FROM")
        case "RCPT": (stage, command) = (.recipient, "RCPT TO")
        case "DATA": (stage, command) = (.data, "DATA")
        case "EHLO": command = "EHLO"
        case "HELO": command = "HELO"
        case "STARTTLS": command = "STARTTLS"
        // Its further lines are secrets.
        case "AUTH": command = "AUTH"
        case "QUIT", "RSET": isOver = true
        default: if stage != .opening { return }
        }
        if !isOver { (code, enhanced) = (0, "") }
    }

    mutating func sent(content bytes: UnsafeRawBufferPointer) {
        if stage != .content { (stage, command, code, enhanced) = (.content, "the mail", 0, "") }
        left -= bytes.count
    }

    /// The mail went out as a whole. Of the dot that ends it libcurl tells nobody.
    private var isOut: Bool { stage == .content && left <= 0 }

    mutating func received(answer line: UnsafeRawBufferPointer) {
        let digits = line.prefix(3)
        guard !isOver, digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return }
        // "250-…" is followed by more lines, and so is of no interest yet.
        guard line.count == 3 || line[3] != UInt8(ascii: "-") else { return }
        code = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let word = line.dropFirst(4).prefix { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
        enhanced = word.count { $0 == UInt8(ascii: ".") } == 2 ? String(decoding: word, as: UTF8.self) : ""
    }

    /// Whether the last command has its answer.
    var isAnswered: Bool { code > 0 }

    /// Whether the server has said that it has the mail.
    var isTaken: Bool { stage == .content && (200..<300).contains(code) }

    /// Why the mail is not there. `reason`: libcurl's, where the server has said nothing.
    func failure(_ reason: String) -> MailFailure {
        guard code >= 400 else {
            return MailFailure(
                kind: .server, mayBeTaken: isOut, message: "\(command): \(reason)")
        }
        let answer = "\(command) was answered \(code)" + (enhanced.isEmpty ? "" : " \(enhanced)")
        return MailFailure(kind: kind, message: answer)
    }

    /// RFC 5321, 4.2.1: 4yz may be otherwise later, 5yz never. 421 says that the server is about to close.
    private var kind: MailFailure.Kind {
        switch stage {
        case _ where code == 421: .server
        case .opening: .server
        // Of the sender, who is the same for all. A mail that is too large is refused here, too, by servers that are told the size.
        case .sender: code == 552 || enhanced == "5.3.4" ? .mail : .server
        case .recipient, .data: isAboutUs ? .server : mayBeAboutUs ? .unclear : code >= 500 ? .mail : .mailForNow
        // Who takes it for spam today may not tomorrow.
        case .content: code < 500 || enhanced.hasPrefix("5.7.") ? .mailForNow : .mail
        }
    }

    /// Many servers say at the recipient what is wrong with the client, its login or the sender.
    private var isAboutUs: Bool {
        // A command out of turn; and what asks for a login, or refuses one (RFC 4954, 6; RFC 3207, 4).
        if [503, 530, 534, 535, 538].contains(code) { return true }
        // A bad sender (RFC 3463, 3.2), its system (3.4).
        return enhanced == "5.1.7" || enhanced == "5.1.8" || enhanced.hasPrefix("4.3.")
    }

    /// A mailbox that takes no mail from outside is refused with the words of a server that does not relay for us (RFC 3463, 3.8). And
    /// without words a 550 is either no mailbox, or a login that is missing where we have none.
    private var mayBeAboutUs: Bool {
        enhanced.isEmpty ? code == 550 && !isKnown : enhanced.hasPrefix("4.7.") || enhanced.hasPrefix("5.7.")
    }
}
