package import Events
package import Identifiers
package import JSON

/// What became of one order's reservation.
package enum ReservationOutcome: Sendable, Hashable {
    /// Every item is held, at these names and prices.
    case reserved([OrderDocument.Item])
    /// Nothing is held: these products have too few units.
    case shortages([Shortage])
    /// Nothing is held: nobody knows these products.
    case unknownProducts([ProductID])
    /// The order was released before: it gets nothing, for good.
    case released
    /// The same order_id asked for other items before.
    case conflict
}

package struct Shortage: Sendable, Hashable {
    package var productID: ProductID
    package var requested: Int64
    package var available: Int64

    package init(productID: ProductID, requested: Int64, available: Int64) {
        self.productID = productID
        self.requested = requested
        self.available = available
    }

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
