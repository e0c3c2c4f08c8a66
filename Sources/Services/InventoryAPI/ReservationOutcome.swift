package import Identifiers
package import JSON
package import Shop

/// What became of one order's reservation.
package enum ReservationOutcome: Sendable, Hashable {
    /// Every item is held, at these names and prices.
    case reserved([OrderItem])
    /// Nothing is held: these products have too few units.
    case shortages([Shortage])
    /// Nothing is held: nobody knows these products.
    case unknownProducts([ProductID])
    /// Nothing is held: these products are archived, so that nobody can order them.
    case archivedProducts([ProductID])
    /// Nothing is held: at today's prices, which these are, they cost something else than was expected.
    case otherTotal([OrderItem])
    /// The order was released before: it gets nothing, for good.
    case released
    /// The same order_id asked for other items, or expected another total, before. `isSold`: not in a call that is still open, so that its order is known,
    /// if it is an order at all.
    case conflict(isSold: Bool)
}

/// As a reserve call answers them, and a problem document tells them.
extension Shortage {
    /// `[{"product_id", "requested", "available"}]`
    package static func write(_ shortages: [Shortage], to json: inout JSONWriter) {
        json.array { json in
            for shortage in shortages {
                json.object { json in
                    json.field("product_id", shortage.productID.string)
                    json.field("requested", shortage.requested)
                    json.field("available", shortage.available)
                }
            }
        }
    }
}

/// The answer to a `ReserveCall`, in the order of its reservations.
package struct ReserveAnswer: Sendable, Hashable {
    /// What became of the reservation of one order.
    package struct Result: Sendable, Hashable {
        package var orderID: Identifier
        package var outcome: ReservationOutcome

        package init(orderID: Identifier, outcome: ReservationOutcome) {
            self.orderID = orderID
            self.outcome = outcome
        }
    }

    package var results: [Result]

    package init(results: [Result]) {
        self.results = results
    }
}
