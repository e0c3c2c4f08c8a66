import InventoryAPI
import Shop

extension ReservationOutcome {
    /// Why it can't be the answer to this reservation; nil: it is believed. A neighbour may have faults of its own, and what
    /// it says becomes an order: what is confirmed is what the customer asked for, or nothing.
    func complaint(about wanted: ReserveCall.Reservation) -> String? {
        switch self {
        case .reserved(let items):
            guard Self.areSame(items, wanted.items) else { return "it reserved other products or quantities" }
            return items.allSatisfy { Money.prices.contains($0.unitPrice.amount) } ? nil : "a price is out of range"
        case .otherTotal(let items):
            guard Self.areSame(items, wanted.items), items.allSatisfy({ Money.prices.contains($0.unitPrice.amount) })
            else { return "it offers other products or quantities, or a price that is out of range" }
            return wanted.expectedTotal != nil && OrderItem.total(items) != wanted.expectedTotal
                ? nil : "it costs what was expected"
        case .shortages(let shortages):
            let asked = Self.units(wanted.items)
            let isBelieved = shortages.allSatisfy {
                asked[$0.productID] == $0.requested && (0..<$0.requested).contains($0.available)
            }
            return isBelieved && !shortages.isEmpty && Set(shortages.map(\.productID)).count == shortages.count
                ? nil : "it lacks what was not asked for"
        case .unknownProducts(let products):
            return Self.areOf(wanted, products) ? nil : "it does not know products that were not asked for"
        case .archivedProducts(let products):
            return Self.areOf(wanted, products) ? nil : "it has archived products that were not asked for"
        case .released, .conflict: return nil
        }
    }

    private static func areSame(_ items: [OrderItem], _ asked: [WantedItem]) -> Bool {
        guard items.count == asked.count else { return false }
        // They come in the order of the call, but where an earlier call had another.
        if zip(items, asked).allSatisfy({ $0.productID == $1.productID && $0.quantity == $1.quantity }) { return true }
        let reserved = Dictionary(items.map { ($0.productID, $0.quantity) }) { first, _ in first }
        return reserved == units(asked)
    }

    private static func areOf(_ wanted: ReserveCall.Reservation, _ products: [ProductID]) -> Bool {
        let asked = Self.units(wanted.items)
        return !products.isEmpty && products.allSatisfy { asked[$0] != nil }
    }

    private static func units(_ asked: [WantedItem]) -> [ProductID: Int64] {
        Dictionary(asked.map { ($0.productID, $0.quantity) }) { first, _ in first }
    }
}
