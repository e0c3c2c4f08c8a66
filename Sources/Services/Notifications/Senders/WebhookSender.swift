import ExactText
package import HTTPClient
import Identifiers
import JSON
import Timestamps

/// Has a service of the shop's send what it is told, by HTTP as Standard Webhooks (standardwebhooks.com, 1.0.0) say: for SMS gateways, which
/// all speak differently, and for everything else. The message's id is the notification's: a receiver that remembers it sends
/// nothing twice.
package struct WebhookSender: NotificationSender {
    /// For one message; a claim outlasts a batch of them.
    private static let patience: Duration = .seconds(10)

    /// Seconds that a receiver may ask to be left alone for.
    private static let longestWait = 3_600

    package let channels: Set<Notification.Channel>
    package let batch = 64
    package let perSecond: Int?
    private let client: HTTPClient
    private let url: String
    private let secrets: WebhookSecrets

    /// - Parameter client: whose connections to a host bound how many are on their way at one time
    package init(
        _ channels: Set<Notification.Channel>, url: String, secrets: WebhookSecrets, client: HTTPClient,
        perSecond: Int? = nil
    ) {
        self.perSecond = perSecond
        self.channels = channels
        self.url = url
        self.secrets = secrets
        self.client = client
    }

    package func send(_ notifications: [Notification]) async -> [SendFailure?] {
        let deadline = ContinuousClock.now + Self.patience
        return await notifications.concurrently { await send($0, deadline) }
    }

    private func send(_ notification: Notification, _ deadline: ContinuousClock.Instant) async -> SendFailure? {
        let body = Self.body(notification)
        let id = notification.id.description
        let seconds = Timestamp.now().milliseconds / 1_000
        let request = HTTPClientRequest(
            method: "POST", url: url,
            headers: [
                ("content-type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(seconds)"),
                ("webhook-signature", secrets.signature(id: id, timestamp: seconds, body: body)),
            ], body: body)
        do throws(HTTPClientError) {
            return Self.failure(try await client.send(request, deadline: deadline))
        } catch {
            // The address may hold a secret.
            let reason =
                error.message.hasPrefix("\(url): ") ? error.message.dropFirst(url.count + 2) : "the call failed"
            return SendFailure(String(reason), .everything, mayBeTaken: error.outcome == .unknown)
        }
    }

    /// What a receiver's answer means. One that is set up wrongly refuses all alike: then they wait for somebody to mend it.
    static func failure(_ response: HTTPClientResponse) -> SendFailure? {
        switch response.status {
        case 200...299: nil
        case 413, 415, 422: SendFailure("the receiver answered \(response.status)", .message)
        // 400 is also what many answer to a signature that they don't know.
        case 400, 409, 425: later(response, .messageForNow)
        default: later(response, .everything)
        }
    }

    private static func later(_ response: HTTPClientResponse, _ scope: SendFailure.Scope) -> SendFailure {
        let seconds = response.header("retry-after").flatMap { Int($0) }
        return SendFailure(
            "the receiver answered \(response.status)", scope,
            retryAfter: seconds.map { .seconds(min(max($0, 0), longestWait)) })
    }

    /// `type`, `timestamp` and `data`, as the standard recommends.
    static func body(_ notification: Notification) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("type", "notification.\(notification.channel.rawValue)")
            json.field("timestamp", notification.createdAt.rfc3339)
            json.key("data")
            json.object { json in
                json.field("notification_id", notification.id.description)
                json.field("order_id", notification.orderID.description)
                json.field("event_id", notification.eventID?.description)
                json.field("kind", notification.kind.rawValue)
                json.field("channel", notification.channel.rawValue)
                json.field("recipient", notification.recipient.string)
                if notification.subject.byteCount > 0 { json.field("subject", notification.subject.string) }
                json.field("body", notification.body.string)
                json.field("repeat", notification.repeatNumber)
            }
        }
        return json.finish()
    }
}
