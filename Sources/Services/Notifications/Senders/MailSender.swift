import ExactText
import Identifiers
package import MailFormat
package import SMTP
import Synchronization

/// Sends e-mail by SMTP. A mail's `Message-ID` is made from the notification's id: SMTP knows no idempotency keys, so a server that took a
/// mail and could not say so gets it once more, and whoever reads both can tell that they are one.
package final class MailSender: NotificationSender {
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
    private let doubt = Mutex(RefusalDoubt())

    package init(_ client: SMTPClient, from: Mailbox, perSecond: Int? = nil) {
        self.client = client
        self.from = from
        self.perSecond = perSecond
    }

    package func send(_ notifications: [Notification]) async -> [SendFailure?] {
        let latest = ContinuousClock.now + Self.begin
        let outcomes = await notifications.concurrently { notification in
            guard let mail = self.mail(notification) else { return Outcome(recipient: "", isWritten: false) }
            let failure = await self.client.send(mail, beginBy: latest, within: Self.patience)
            return Outcome(recipient: mail.recipient, failure: failure)
        }
        let isAboutUs = doubt.withLock { $0.isAboutUs(outcomes.map { ($0.recipient, $0.told) }) }
        return outcomes.map { outcome in
            guard outcome.isWritten else { return SendFailure("no mail can be written to its address", .message) }
            return outcome.failure.map { SendFailure($0, unclear: isAboutUs ? .everything : .messageForNow) }
        }
    }

    /// What became of a notification.
    private struct Outcome {
        var recipient: String
        /// false: there was no mail to send.
        var isWritten = true
        var failure: MailFailure?

        /// What it tells of the server.
        var told: RefusalDoubt.Outcome {
            guard isWritten else { return .silent }
            return switch failure?.kind {
            case nil: .taken
            case .mail, .mailForNow: .ofMessage
            case .unclear: .unclear(answer: failure?.message ?? "")
            case .server: .silent
            }
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
    /// `unclear`: whom what is unclear is about.
    fileprivate init(_ failure: MailFailure, unclear: Scope) {
        let scope: Scope =
            switch failure.kind {
            case .mail: .message
            case .mailForNow: .messageForNow
            case .unclear: unclear
            case .server: .everything
            }
        self.init(failure.message, scope, mayBeTaken: failure.mayBeTaken, repeatIsSeen: true)
    }
}
