import Load
package import ShopClient

/// What happens on the demo's day, made of a seed: the same seed, the same day.
package struct DemoDay: Sendable {
    package enum Deed: Sendable {
        /// By the order's number, from 0 on.
        case place(Int)
        case ship(Int, carrier: String, trackingNumber: String)
        case deliver(Int)
        case cancel(Int, reason: String)
    }

    package static let seconds = 86_400

    package private(set) var orders: [NewOrder] = []
    /// In the order of time, in seconds of the day. What would come after its end is left to another day.
    package private(set) var deeds: [(second: Int, deed: Deed)] = []

    /// How busy each hour is, beside the others.
    private static let busyness = [1, 1, 0, 0, 0, 1, 2, 4, 6, 8, 9, 10, 12, 11, 9, 8, 8, 9, 11, 13, 12, 9, 5, 2]
    private static let carriers = ["DHL", "DPD", "UPS", "PostNord"]
    private static let reasons = ["Ordered twice", "Changed my mind", "It comes too late", "Found it elsewhere"]
    private static let hour = 3_600

    package init(seed: UInt64, orders count: Int) {
        var dice = Dice(seed: seed)
        var times = (0..<count).map { _ in dice.weighted(Self.busyness) * Self.hour + dice.below(Self.hour) }
        times.sort()
        for (number, second) in times.enumerated() {
            orders.append(Self.order(&dice))
            deeds.append((second, .place(number)))
            let fate = dice.below(100)
            if fate < 8 {
                let reason = Self.reasons[dice.below(Self.reasons.count)]
                deeds.append((second + 300 + dice.below(Self.hour), .cancel(number, reason: reason)))
            } else {
                let shipped = second + Self.hour / 2 + dice.below(4 * Self.hour)
                let carrier = Self.carriers[dice.below(Self.carriers.count)]
                let trackingNumber = "\(carrier.prefix(2).uppercased())\(100_000_000 + dice.below(900_000_000))"
                deeds.append((shipped, .ship(number, carrier: carrier, trackingNumber: trackingNumber)))
                deeds.append((shipped + 2 * Self.hour + dice.below(6 * Self.hour), .deliver(number)))
            }
        }
        // At one moment, what was said first comes first.
        deeds = deeds.enumerated().sorted { ($0.element.second, $0.offset) < ($1.element.second, $1.offset) }
            .map(\.element).filter { $0.second < Self.seconds }
    }

    private static func order(_ dice: inout Dice) -> NewOrder {
        let person = DemoPerson.all[dice.below(DemoPerson.all.count)]
        var items: [(productID: String, quantity: Int64)] = []
        for _ in 0...dice.weighted([10, 6, 3, 1]) {
            let goods = DemoGoods.all[dice.weighted(DemoGoods.all.map(\.popularity))]
            guard !items.contains(where: { $0.productID == goods.sku }) else { continue }
            items.append((goods.sku, Int64(1 + dice.weighted([20, 6, 2, 1]))))
        }
        return NewOrder(name: person.name, email: person.email, phone: person.phone, items: items)
    }
}

extension Dice {
    /// From 0 up to `count`, without it.
    fileprivate mutating func below(_ count: Int) -> Int { Int(part() * Double(count)) }

    /// The place of one of the weights, as often as it weighs.
    fileprivate mutating func weighted(_ weights: [Int]) -> Int {
        var left = below(weights.reduce(0, +))
        for (place, weight) in weights.enumerated() {
            if left < weight { return place }
            left -= weight
        }
        return weights.count - 1
    }
}
