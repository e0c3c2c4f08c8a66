package import Events
package import Shop
package import Timestamps

/// A product has become low, or has run out: what the shop is told of it.
package struct StockAlert: Sendable, Hashable {
    /// Seconds. Of one product and status the shop is told once in so long: an order that is cancelled and placed again moves a product
    /// over its threshold and back. And what happened longer ago is told no more. That they are the same is what makes reading again
    /// harmless: of the time that is told at all, one alert was told at most.
    package static let pause: Int64 = 3_600

    package var productID: ProductID
    package var status: StockStatus
    /// When it happened; now, where it was written by a clock that is ahead.
    package var time: Timestamp
    package var notifications: [Notification]

    /// nil: it happened too long ago.
    package init?(_ event: InventoryEvent, to alerts: StockAlerts, at now: Timestamp) {
        guard now.seconds(since: event.time) <= Double(Self.pause) else { return nil }
        productID = event.product.productID
        status = event.product.status
        time = min(event.time, now)
        notifications = alerts.notifications(of: event, at: now)
    }

    /// The first of each product and status, sorted by these.
    static func firsts(of alerts: [StockAlert]) -> [StockAlert] {
        struct Key: Hashable, Comparable {
            var productID: ProductID
            var status: String

            static func < (one: Key, other: Key) -> Bool {
                (one.productID, one.status) < (other.productID, other.status)
            }
        }
        let firsts = Dictionary(
            alerts.map { (Key(productID: $0.productID, status: $0.status.rawValue), $0) }
        ) { first, _ in first }
        return firsts.sorted { $0.key < $1.key }.map(\.value)
    }
}
