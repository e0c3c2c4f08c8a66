import ExactText
import Identifiers
package import MailFormat
package import SMTP

/// Sends e-mail by SMTP. A mail's `Message-ID` is made from the notification's id: SMTP knows no idempotency keys, so a server that took a
/// mail and could not say so gets it once more, and whoever reads both can tell that they are one.
package struct MailSender: NotificationSender {
    /// Connections to the server at one time.
    package static let connections = 4
    /// A mail that is begun has all of its time: one that is cut off in the middle comes twice. A claim outlasts both together.
    private static let begin: Duration = .seconds(8)
    private static let patience: Duration = .seconds(15)

    package let channels: Set<Notification.Channel> = [.email]
    /// Few, for none is noted before the last has ended.
    package let batch = 2 * MailSender.connections
    package let perSecond: Int?
    private let client: SMTPClient
    private let from: Mailbox

    package init(_ client: SMTPClient, from: Mailbox, perSecond: Int? = nil) {
        self.client = client
        self.from = from
        self.perSecond = perSecond
    }

    package func send(_ notifications: [Notification]) async -> [SendFailure?] {
        let latest = ContinuousClock.now + Self.begin
        return await notifications.concurrently { notification in
            guard let mail = mail(notification) else {
                return SendFailure("no mail can be written to its address", .message)
            }
            return await client.send(mail, beginBy: latest, within: Self.patience).map { SendFailure($0) }
        }
    }

    private func mail(_ notification: Notification) -> Mail? {
        guard let to = MailAddress(notification.recipient.string)?.withDomain(by: MailDomain.ascii) else { return nil }
        let mail = PlainMail(
            from: from, to: to, subject: notification.subject.string, text: notification.body.string,
            date: notification.createdAt, messageID: "\(notification.id)@\(from.address.domain)")
        return Mail(sender: from.address.text, recipient: to.text, content: mail.written())
    }
}

extension SendFailure {
    fileprivate init(_ failure: MailFailure) {
        let scope: Scope =
            switch failure.kind {
            case .mail: .message
            case .mailForNow: .messageForNow
            case .server: .everything
            }
        self.init(failure.message, scope, mayBeTaken: failure.mayBeTaken, repeatIsSeen: true)
    }
}
