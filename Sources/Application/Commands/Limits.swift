import Idempotency
import Notifications
import ServiceLife
import Shop

/// What requests may hold, for the help of the commands that serve: the constants that the code obeys.
enum Limits {
    /// Those of a service.
    static func of(_ service: String) -> String {
        let own = ["order": order, "inventory": inventory, "notification": notification][service]
        return [own, every].compactMap(\.self).joined(separator: " ")
    }

    static var all: String { [order, inventory, notification, every].joined(separator: " ") }

    private static var order: String {
        """
        An order has at most \(grouped(WantedItem.lines.upperBound)) lines of at most \
        \(grouped(WantedItem.quantities.upperBound)) units.
        """
    }

    private static var inventory: String {
        """
        A product's id has at most \(Text.productIDLimit) characters, a name \(Text.nameLimit), a price at most \
        \(grouped(Money.prices.upperBound)) cents or the like, and there are at most \(grouped(Units.ofProduct.upperBound)) \
        units of it.
        """
    }

    private static var notification: String {
        "A message has at most \(grouped(NotifyRequest.messageLimit)) characters."
    }

    /// Of every service.
    private static var every: String {
        """
        A request's body has at most \(ServiceSettings.maximumBody >> 20) MiB, its line and header fields together \
        \(ServiceSettings.maximumHead >> 10) KiB, an address \(Text.contactLimit) characters, an Idempotency-Key \
        \(IdempotencyKey.maximumLength).
        """
    }

    private static func grouped(_ number: some BinaryInteger) -> String {
        var groups: [String] = []
        var digits = Substring(String(number))
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = digits.dropLast(3)
        }
        return ([String(digits)] + groups).joined(separator: ",")
    }
}
