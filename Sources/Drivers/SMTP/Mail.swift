/// One mail as a server gets it.
package struct Mail: Sendable {
    /// Addresses without angle brackets: `local@domain`, quoted where RFC 5321 asks for it.
    package var sender: String
    package var recipient: String
    /// Head and body, each line ended by CR and LF. A lone dot at the start of a line is for the client to double.
    package var content: [UInt8]

    package init(sender: String, recipient: String, content: [UInt8]) {
        self.sender = sender
        self.recipient = recipient
        self.content = content
    }
}

/// The server has not taken a mail, as far as is known.
package struct MailFailure: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// It will never take this mail: there is no such mailbox, or its content can't be taken.
        case mail
        /// It does not take this mail now: a full mailbox, a mailbox that it wants to be asked for again.
        case mailForNow
        /// It refused the recipient, in words that fit as well to us: who we are, whether we are logged in. Whether others get the same
        /// answer tells.
        case unclear
        /// It takes no mail of ours now, this one no more than others: it is away, too slow, refuses our login or our sender.
        case server
    }

    package var kind: Kind
    /// The whole mail went out, and no answer came: the server may have taken it.
    package var mayBeTaken = false
    /// For the log: what was asked, and the server's code. Nothing of its words, which may name people.
    package var message: String
}
