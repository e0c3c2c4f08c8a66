package import MailFormat
package import SMTP

/// How messages leave.
package struct MessageSettings: Sendable {
    /// What stands behind a channel.
    package enum Route: Sendable {
        /// Nobody gets anything: messages are written to the log.
        case simulated
        case mailServer(MailServer, from: Mailbox)
        case webhook(url: String, secrets: WebhookSecrets)
    }

    package var email: Route
    package var sms: Route
    /// Messages a second at most, 1 at least; nil: as many as go.
    package var emailRate: Int?
    package var smsRate: Int?
    /// Where the shop itself is told what runs low; nil: nowhere.
    package var stockAlerts: StockAlerts?
    package var wording = Wording()

    package init(email: Route = .simulated, sms: Route = .simulated) {
        self.email = email
        self.sms = sms
    }
}
