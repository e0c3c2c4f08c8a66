import ExactText
package import HTTPClient
import Identifiers
import JSON
import Synchronization
import Timestamps

/// Has a service of the shop's send what it is told, by HTTP as Standard Webhooks (standardwebhooks.com, 1.0.0) say: for SMS gateways, which
/// all speak differently, and for everything else. The message's id is the notification's: a receiver that remembers it sends
/// nothing twice.
package final class WebhookSender: NotificationSender {
    /// For one message; a claim outlasts a batch of them.
    package static let patience: Duration = .seconds(10)
    package let channels: Set<Notification.Channel>
    package let batch = 64
    package let perSecond: Int?
    private let client: HTTPClient
    private let url: String
    private let secrets: WebhookSecrets
    private let patience: Duration
    private let doubt: Mutex<RefusalDoubt>

    /// - Parameters:
    ///   - client: whose connections to a host bound how many are on their way at one time
    ///   - doubting: how long a message is refused at least, without a clear word and while others are taken, before it is given up
    package init(
        _ channels: Set<Notification.Channel>, url: String, secrets: WebhookSecrets, client: HTTPClient,
        perSecond: Int? = nil, patience: Duration = WebhookSender.patience,
        doubting: Duration = .seconds(120)
    ) {
        doubt = Mutex(RefusalDoubt(patience: doubting))
        self.patience = patience
        self.perSecond = perSecond
        self.channels = channels
        self.url = url
        self.secrets = secrets
        self.client = client
    }

    package func send(_ notifications: [Notification]) async -> [SendFailure?] {
        let deadline = ContinuousClock.now + patience
        let answers = await notifications.concurrently { await self.answer(to: $0, deadline) }
        let outcomes = zip(notifications, answers).map { (recipient: $0.recipient.string, outcome: $1.told) }
        return doubt.withLock { doubt in
            let isAboutUs = doubt.isAboutUs(outcomes)
            return zip(notifications, answers).map { notification, answer in
                answer.failure {
                    if isAboutUs { return .everything }
                    let isHopeless = doubt.isHopeless(notification.recipient.string)
                    // Each message has its own tries.
                    return notification.attempts >= RefusalDoubt.times && isHopeless ? .message : .messageForNow
                }
            }
        }
    }

    private func answer(to notification: Notification, _ deadline: ContinuousClock.Instant) async -> WebhookAnswer {
        let body = Self.body(notification)
        let id = notification.id.description
        let seconds = Timestamp.now().milliseconds / 1_000
        var request = HTTPClientRequest(
            method: "POST", url: url,
            headers: [
                ("content-type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(seconds)"),
                ("webhook-signature", secrets.signature(id: id, timestamp: seconds, body: body)),
            ], body: body)
        request.needsBody = false
        do throws(HTTPClientError) {
            return WebhookAnswer(try await client.send(request, deadline: deadline))
        } catch {
            // The address may hold a secret.
            let reason =
                error.message.hasPrefix("\(url): ") ? error.message.dropFirst(url.count + 2) : "the call failed"
            return .none(String(reason), mayBeTaken: error.outcome == .unknown)
        }
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
