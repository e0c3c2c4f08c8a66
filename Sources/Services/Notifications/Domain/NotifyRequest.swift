package import ExactText
package import Idempotency
package import Identifiers
import Shop
package import Timestamps

/// A notification that somebody asks for.
package struct NotifyRequest: Sendable, Hashable {
    /// What an SMS can carry in ten parts; an e-mail keeps the same limit.
    package static let messageLimit = 1_530

    package var orderID: Identifier
    package var kind: Notification.Kind
    package var recipient: Recipient
    /// At most 1,530 characters; there for a custom one, and below the sentence of the others.
    package var message: ExactText?

    /// By which it is known again.
    package var values: Framed {
        var values = Framed()
        values.add(orderID.bytes)
        values.add(kind.rawValue)
        values.add(optional: recipient.email?.string)
        values.add(optional: recipient.phone?.string)
        values.add(optional: message?.string)
        return values
    }

    /// One notification for each channel that was given; what would go to a customer who was erased is noted, and not sent. `traceparent`: of the request, where its trace is recorded.
    package func notifications(
        in wording: Wording = Wording(), at now: Timestamp, traceparent: String? = nil
    ) -> [Notification] {
        recipient.channels.map { channel, address in
            let text = NotificationText.asked(kind, channel: channel, order: orderID, message: message, in: wording)
            return Notification(
                id: .time(), orderID: orderID, eventID: nil, kind: kind, channel: channel, recipient: address,
                subject: text.subject, body: text.body,
                status: address == Erased.email || address == Erased.phone ? .noted : .queued, attempts: 0,
                createdAt: now, sentAt: nil,
                traceparent: traceparent)
        }
    }
}
