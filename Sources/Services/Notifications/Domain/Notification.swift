import Crypto
package import Events
package import ExactText
package import Identifiers
package import Timestamps

/// What someone is told, on one channel.
package struct Notification: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case orderConfirmed = "order_confirmed"
        case orderShipped = "order_shipped"
        case orderDelivered = "order_delivered"
        case orderCancelled = "order_cancelled"
        case custom
    }

    package enum Channel: String, Sendable, CaseIterable {
        case email, sms
    }

    package enum Status: String, Sendable, CaseIterable {
        case queued, sent, failed
        /// Of an event that was read again when nobody could know whether it was told before: it is not sent.
        case noted
    }

    /// Also the sender's idempotency key.
    package var id: Identifier
    package var orderID: Identifier
    /// nil when someone asked for it by `POST /notify`.
    package var eventID: Identifier?
    package var kind: Kind
    package var channel: Channel
    /// An e-mail address or a phone number.
    package var recipient: ExactText
    /// Empty for an SMS.
    package var subject: ExactText
    package var body: ExactText
    package var status: Status
    package var attempts: Int64
    package var createdAt: Timestamp
    package var sentAt: Timestamp?
    /// 0; 1 and on for what somebody asked to be told again.
    package var repeatNumber: Int64 = 0

    /// The id of what an event makes on a channel is made from the two, and the number of the repeat: the same event,
    /// handled again anywhere, makes the same notification.
    package static func id(event: Identifier, channel: Channel, repeatNumber: Int64 = 0) -> Identifier {
        let suffix = repeatNumber == 0 ? "" : " repeat \(repeatNumber)"
        return .hashed(SHA256.hash(event.bytes + Array((channel.rawValue + suffix).utf8)))
    }
}

/// Who is told, and where.
package struct Recipient: Sendable, Hashable {
    package var email: ExactText?
    package var phone: ExactText?

    /// The channels that reach them.
    var channels: [(channel: Notification.Channel, address: ExactText)] {
        var channels: [(channel: Notification.Channel, address: ExactText)] = []
        if let email { channels.append((.email, email)) }
        if let phone { channels.append((.sms, phone)) }
        return channels
    }
}

extension Notification {
    /// What an event makes: one notification for each channel that reaches the customer; none when there is nobody to
    /// tell, as of a rejected order.
    package static func of(
        _ event: OrderEvent, isOld: Bool = false, repeatNumber: Int64 = 0, at now: Timestamp
    ) -> [Notification] {
        guard let kind = Kind(event.kind), let customer = event.order.customer else { return [] }
        let recipient = Recipient(email: customer.email, phone: customer.phone)
        return recipient.channels.map { channel, address in
            let text = NotificationText.of(kind, channel: channel, order: event.order, name: customer.name)
            return Notification(
                id: id(event: event.id, channel: channel, repeatNumber: repeatNumber), orderID: event.order.orderID,
                eventID: event.id, kind: kind,
                channel: channel, recipient: address, subject: text.subject, body: text.body,
                status: isOld ? .noted : .queued,
                attempts: 0, createdAt: now, sentAt: nil, repeatNumber: repeatNumber)
        }
    }
}

extension Notification {
    /// What a batch of events makes: all of those that are fresh, and those again that somebody asked for, each once. What
    /// is old is noted only.
    static func of(
        _ events: [ReceivedEvent], fresh: Set<Identifier>, repeats: [Identifier: Int64], at now: Timestamp
    ) -> [Notification] {
        var seen: Set<Identifier> = []
        let old = Set(events.lazy.filter(\.isOld).map(\.event.id))
        return events.map(\.event).filter { seen.insert($0.id).inserted }.flatMap { event in
            (fresh.contains(event.id) ? of(event, isOld: old.contains(event.id), at: now) : [])
                + (repeats[event.id].map { of(event, repeatNumber: $0, at: now) } ?? [])
        }
    }
}

extension Notification.Kind {
    init?(_ kind: OrderEvent.Kind) {
        switch kind {
        case .confirmed: self = .orderConfirmed
        case .shipped: self = .orderShipped
        case .delivered: self = .orderDelivered
        case .cancelled: self = .orderCancelled
        case .rejected: return nil
        }
    }
}
