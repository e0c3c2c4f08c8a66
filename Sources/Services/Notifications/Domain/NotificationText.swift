import Events
import ExactText
import Identifiers
import Shop

/// The words of a notification.
struct NotificationText: Sendable, Hashable {
    var subject: ExactText
    var body: ExactText

    /// About an order whose event we have.
    static func of(
        _ kind: Notification.Kind, channel: Notification.Channel, order: OrderEvent.Order, name: ExactText,
        in wording: Wording = Wording()
    ) -> NotificationText {
        let phrases = wording.language.phrases
        switch channel {
        case .sms:
            var text = TextWriter(capacity: 256, decimalMark: phrases.decimalMark)
            putSentence(phrases, kind, order.orderID, order.reason, to: &text)
            putSum(phrases, order, to: &text)
            if kind == .orderShipped, let shipment = order.details?.shipment {
                putShipment(phrases, shipment, to: &text)
            }
            return NotificationText(subject: "", body: text.finish())
        case .email:
            var text = TextWriter(capacity: 512 + order.items.count * 96, decimalMark: phrases.decimalMark)
            text.put(phrases.greeting.0)
            text.put(name)
            text.put(phrases.greeting.1)
            putSentence(phrases, kind, order.orderID, order.reason, to: &text)
            if kind == .orderShipped, let shipment = order.details?.shipment {
                text.put("\n")
                putShipment(phrases, shipment, to: &text)
            }
            text.put("\n\n")
            for item in order.items { putLine(item, to: &text) }
            text.put("\n")
            text.put(phrases.total)
            text.put(order.total)
            text.put("\n\n")
            if let shop = wording.shop { text.put(shop) } else { text.put(phrases.shop) }
            return NotificationText(subject: subject(phrases, kind, order: order.orderID), body: text.finish())
        }
    }

    /// What someone asked for by `POST /notify`; `message` is there for a custom one.
    static func asked(
        _ kind: Notification.Kind, channel: Notification.Channel, order: Identifier, message: ExactText?,
        in wording: Wording = Wording()
    ) -> NotificationText {
        let phrases = wording.language.phrases
        var text = TextWriter()
        putSentence(phrases, kind, order, nil, to: &text)
        if let message {
            if kind != .custom { text.put("\n\n") }
            text.put(message)
        }
        return NotificationText(
            subject: channel == .email ? subject(phrases, kind, order: order) : "", body: text.finish())
    }

    private static func subject(_ phrases: Phrases, _ kind: Notification.Kind, order: Identifier) -> ExactText {
        let step = phrases.step(kind)
        var text = TextWriter(capacity: 128)
        text.put(step == nil ? phrases.about : phrases.order)
        text.put(order)
        if let step { text.put(step.subject) }
        return text.finish()
    }

    /// None for a custom one.
    private static func putSentence(
        _ phrases: Phrases, _ kind: Notification.Kind, _ order: Identifier, _ reason: ExactText?,
        to text: inout TextWriter
    ) {
        guard let (start, end) = phrases.step(kind)?.sentence else { return }
        text.put(start)
        text.put(order)
        if kind == .orderCancelled, let reason {
            text.put(phrases.cancelledBecause)
            text.put(reason)
        } else {
            text.put(end)
        }
    }

    /// Lines of their own: nothing stands behind a number that somebody copies.
    private static func putShipment(_ phrases: Phrases, _ shipment: Shipment, to text: inout TextWriter) {
        if let carrier = shipment.carrier {
            text.put("\n")
            text.put(phrases.carrier)
            text.put(carrier)
        }
        if let number = shipment.trackingNumber {
            text.put("\n")
            text.put(phrases.trackingNumber)
            text.put(number)
        }
    }

    private static func putLine(_ item: OrderItem, to text: inout TextWriter) {
        text.put("  ")
        text.put(item.quantity)
        text.put(" x ")
        text.put(item.name)
        text.put(" (")
        text.put(item.productID.string)
        text.put(")  ")
        text.put(item.lineTotal)
        text.put("\n")
    }

    private static func putSum(_ phrases: Phrases, _ order: OrderEvent.Order, to text: inout TextWriter) {
        let units = order.items.reduce(0) { $0 + $1.quantity }
        text.put(" ")
        text.put(units)
        text.put(units == 1 ? phrases.item : phrases.items)
        text.put(order.total)
        text.put(".")
    }
}
