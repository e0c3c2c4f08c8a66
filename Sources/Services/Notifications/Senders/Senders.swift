import HTTPClient
import SMTP
import Telemetry

/// The senders that settings ask for, and what they hold open.
struct Senders: Sendable {
    private(set) var list: [any NotificationSender] = []
    private var mail: SMTPClient?
    /// One for each webhook, so that none takes another's connections.
    private var http: [HTTPClient] = []
    /// Bytes of an answer's body, which nobody reads.
    private static let longestAnswer = 64 << 10

    /// - Throws: where the system has no threads for them
    static func open(
        _ settings: MessageSettings, provider: any SimulatedProvider, logger: Logger
    ) async throws -> Senders {
        var senders = Senders()
        var simulated: Set<Notification.Channel> = []
        for (channel, route, rate) in [
            (Notification.Channel.email, settings.email, settings.emailRate),
            (.sms, settings.sms, settings.smsRate),
        ] {
            switch route {
            case .simulated: simulated.insert(channel)
            case .mailServer(let server, let from):
                let client = try await SMTPClient(server, connections: MailSender.connections)
                senders.mail = client
                senders.list.append(MailSender(client, from: from, perSecond: rate))
            case .webhook(let url, let secrets):
                let client = HTTPClient(maximumResponse: longestAnswer, log: { logger.debug($0) })
                senders.http.append(client)
                senders.list.append(
                    WebhookSender([channel], url: url, secrets: secrets, client: client, perSecond: rate))
            }
        }
        if !simulated.isEmpty {
            senders.list.append(SimulatedSender(simulated, provider: provider, logger: logger))
        }
        return senders
    }

    /// Ends what is on its way; it is tried again when the service is back.
    func abort() async {
        mail?.abort()
        for client in http { await client.close() }
    }

    func close() async {
        await mail?.close()
        for client in http { await client.close() }
    }
}
