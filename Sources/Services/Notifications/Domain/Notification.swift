import Causes
import Crypto
package import Events
package import ExactText
package import Identifiers
import Shop
import Telemetry
package import Timestamps

/// What someone is told, on one channel.
package struct Notification: Sendable, Hashable {
    /// What it tells of.
    package enum Kind: String, Sendable, CaseIterable {
        case orderConfirmed = "order_confirmed"
        case orderShipped = "order_shipped"
        case orderDelivered = "order_delivered"
        case orderCancelled = "order_cancelled"
        case custom
    }

    /// How it goes.
    package enum Channel: String, Sendable, CaseIterable {
        case email, sms
    }

    /// What became of it.
    package enum Status: String, Sendable, CaseIterable {
        case queued, sent, failed
        /// Of an event that was read again when nobody could know whether it was told before, or of a customer who was erased: it is not
        /// sent.
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
    /// How often sending it was begun.
    package var attempts: Int64
    package var createdAt: Timestamp
    /// nil until the sender took it.
    package var sentAt: Timestamp?
    /// 0; 1 and on for what somebody asked to be told again.
    package var repeatNumber: Int64 = 0
    /// W3C trace context of the request behind it, where that trace is recorded.
    package var traceparent: String?

    /// The id of what an event makes on a channel is made from the two, and the number of the repeat: the same event,
    /// handled again anywhere, makes the same notification. It begins with the time of an event's id that has one, so that
    /// new ones stand together at the end of every index.
    package static func id(event: Identifier, channel: Channel, repeatNumber: Int64 = 0) -> Identifier {
        timed(hashedID(event: event, channel: channel, repeatNumber: repeatNumber), like: event)
    }

    /// With the time that an event's id begins with, where it has one.
    static func timed(_ hash: Identifier, like event: Identifier) -> Identifier {
        guard event.isOfTime else { return hash }
        let time: UInt64 = 0xffff_ffff_ffff_0000
        return Identifier(high: event.high & time | hash.high & ~time, low: hash.low)
    }

    /// As earlier versions made it, and as it is made of an event whose id tells no time.
    private static func hashedID(event: Identifier, channel: Channel, repeatNumber: Int64) -> Identifier {
        let suffix = repeatNumber == 0 ? "" : " repeat \(repeatNumber)"
        return .hashed(
            SHA256.hash { hash in
                withUnsafeBytes(of: (event.high.bigEndian, event.low.bigEndian)) { hash.add($0) }
                hash.add(channel.rawValue)
                hash.add(suffix)
            })
    }

    /// Whether its id is one that its event makes, by this version or an earlier one.
    package var isOfItsEvent: Bool {
        guard let eventID else { return true }
        return id == Self.id(event: eventID, channel: channel, repeatNumber: repeatNumber)
            || id == Self.hashedID(event: eventID, channel: channel, repeatNumber: repeatNumber)
    }
}

/// Who is told, and where.
package struct Recipient: Sendable, Hashable {
    package var email: ExactText?
    /// At least one of the two is there.
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
        _ event: OrderEvent, isOld: Bool = false, repeatNumber: Int64 = 0, in wording: Wording = Wording(),
        at now: Timestamp
    ) -> [Notification] {
        guard let kind = Kind(event.kind), let customer = event.order.customer else { return [] }
        let recipient = Recipient(email: customer.email, phone: customer.phone)
        return recipient.channels.map { channel, address in
            let text = NotificationText.of(kind, channel: channel, order: event.order, name: customer.name, in: wording)
            return Notification(
                id: id(event: event.id, channel: channel, repeatNumber: repeatNumber), orderID: event.order.orderID,
                eventID: event.id, kind: kind,
                channel: channel, recipient: address, subject: text.subject, body: text.body,
                // Of a customer who was erased nobody is told, whatever is read again.
                status: isOld || customer.isErased ? .noted : .queued,
                attempts: 0, createdAt: now, sentAt: nil, repeatNumber: repeatNumber,
                traceparent: TraceContext.recorded(event.cause.traceparent)?.traceparent)
        }
    }
}

extension Notification {
    /// What a batch of events makes: all of those that are fresh, and those again that somebody asked for, each once. What
    /// is old is noted only.
    static func of(
        _ events: [ReceivedEvent], fresh: Set<Identifier>, repeats: [Identifier: Int64], in wording: Wording,
        at now: Timestamp
    ) -> [Notification] {
        var seen: Set<Identifier> = []
        let old = Set(events.lazy.filter(\.isOld).map(\.event.id))
        return events.map(\.event).filter { seen.insert($0.id).inserted }.flatMap { event in
            (fresh.contains(event.id) ? of(event, isOld: old.contains(event.id), in: wording, at: now) : [])
                + (repeats[event.id].map { of(event, repeatNumber: $0, in: wording, at: now) } ?? [])
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
