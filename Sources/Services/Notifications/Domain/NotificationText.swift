import Events
import ExactText
import Identifiers

/// The words of a notification.
struct NotificationText: Sendable, Hashable {
    var subject: ExactText
    var body: ExactText

    /// About an order whose event we have.
    static func of(
        _ kind: Notification.Kind, channel: Notification.Channel, order: OrderDocument, name: ExactText
    ) -> NotificationText {
        let sentence = sentence(kind, order: order.orderID, reason: order.reason)
        switch channel {
        case .sms: return NotificationText(subject: "", body: ExactText(sentence + sum(order)))
        case .email:
            let lines = order.items.map { item in
                "  \(item.quantity) x \(item.name) (\(item.productID))  \(item.lineTotal.text)"
            }
            let body =
                ["Hello \(name),", "", sentence, ""] + lines + ["", "Total: \(order.total.text)", "", "Your shop"]
            return NotificationText(
                subject: ExactText(subject(kind, order: order.orderID)), body: ExactText(body.joined(separator: "\n")))
        }
    }

    /// What someone asked for by `POST /notify`; `message` is there for a custom one.
    static func asked(
        _ kind: Notification.Kind, channel: Notification.Channel, order: Identifier, message: ExactText?
    ) -> NotificationText {
        let text = [kind == .custom ? nil : sentence(kind, order: order, reason: nil), message?.string]
            .compactMap(\.self).joined(separator: "\n\n")
        return NotificationText(
            subject: channel == .email ? ExactText(subject(kind, order: order)) : "", body: ExactText(text))
    }

    private static func subject(_ kind: Notification.Kind, order: Identifier) -> String {
        switch kind {
        case .orderConfirmed: "Your order \(order) is confirmed"
        case .orderShipped: "Your order \(order) is on its way"
        case .orderDelivered: "Your order \(order) was delivered"
        case .orderCancelled: "Your order \(order) is cancelled"
        case .custom: "About your order \(order)"
        }
    }

    private static func sentence(_ kind: Notification.Kind, order: Identifier, reason: ExactText?) -> String {
        switch kind {
        case .orderConfirmed: "Thank you for your order \(order). It is confirmed."
        case .orderShipped: "Your order \(order) has left our house and is on its way to you."
        case .orderDelivered: "Your order \(order) was delivered. Enjoy it!"
        case .orderCancelled:
            reason.map { "Your order \(order) is cancelled: \($0)" } ?? "Your order \(order) is cancelled."
        case .custom: ""
        }
    }

    private static func sum(_ order: OrderDocument) -> String {
        let units = order.items.reduce(0) { $0 + $1.quantity }
        return " \(units) \(units == 1 ? "item" : "items"), \(order.total.text)."
    }
}
