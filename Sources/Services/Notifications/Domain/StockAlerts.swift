import Causes
import Crypto
package import Events
import ExactText
import Identifiers
import Shop
import Telemetry
package import Timestamps

/// Where the shop itself is told that a product becomes low or runs out.
package struct StockAlerts: Sendable, Hashable {
    package static let mostAddresses = 10

    /// E-mail addresses and phone numbers, each once.
    package let recipients: [Recipient]

    /// `text`: them, parted by commas. nil for what they are not, none, or more than there may be.
    package init?(_ text: String) {
        var recipients: [Recipient] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let address = Self.trimmed(part)
            guard Text.complaint(about: address, limit: Text.contactLimit) == nil else { return nil }
            let recipient: Recipient
            if Text.emailComplaint(address) == nil {
                recipient = Recipient(email: ExactText(address), phone: nil)
            } else if Text.isPhone(address, isKept: false) {
                recipient = Recipient(email: nil, phone: ExactText(address))
            } else {
                return nil
            }
            if !recipients.contains(recipient) { recipients.append(recipient) }
        }
        guard (1...Self.mostAddresses).contains(recipients.count) else { return nil }
        self.recipients = recipients
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// Whether there is something to tell: fewer can be had than before, and not because the product comes back.
    package static func isWorth(telling event: InventoryEvent) -> Bool {
        guard case .stockStatusChanged(let before) = event.change, !event.product.isArchived else { return false }
        return level(event.product.status) > level(before)
    }

    private static func level(_ status: StockStatus) -> Int {
        switch status {
        case .inStock: 0
        case .lowStock: 1
        case .outOfStock: 2
        }
    }

    /// One for each address. No order is behind it: the event's id stands in its place.
    package func notifications(of event: InventoryEvent, at now: Timestamp) -> [Notification] {
        recipients.flatMap(\.channels).map { channel, address in
            Notification(
                id: Self.id(event: event.id, address: address), orderID: event.id, eventID: nil, kind: .custom,
                channel: channel, recipient: address, subject: channel == .email ? Self.subject(event.product) : "",
                body: Self.body(event.product), status: .queued, attempts: 0, createdAt: now, sentAt: nil,
                traceparent: TraceContext.recorded(event.cause.traceparent)?.traceparent)
        }
    }

    /// The same event makes the same notifications, also when it is read again.
    private static func id(event: Identifier, address: ExactText) -> Identifier {
        let hash = SHA256.hash { hash in
            withUnsafeBytes(of: (event.high.bigEndian, event.low.bigEndian)) { hash.add($0) }
            hash.add("stock alert to ")
            hash.add(address.string)
        }
        return Notification.timed(.hashed(hash), like: event)
    }

    private static func subject(_ product: InventoryEvent.Product) -> ExactText {
        "\(product.status == .outOfStock ? "Out of stock" : "Low on stock"): \(product.name) (\(product.productID))"
    }

    private static func body(_ product: InventoryEvent.Product) -> ExactText {
        let reserved = product.reserved == 0 ? "" : ", \(product.reserved) are reserved for orders"
        return product.status == .outOfStock
            ? "\(product.name) (\(product.productID)) is out of stock: none can be ordered any more\(reserved)."
            : """
            \(product.name) (\(product.productID)) is low on stock: \(product.available) can be ordered\(reserved). It is low \
            at \(product.lowStockThreshold) or fewer.
            """
    }
}
