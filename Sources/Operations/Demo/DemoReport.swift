import JSON

/// What came of a demo's day.
package struct DemoReport: Sendable, Equatable {
    package internal(set) var products = 0
    /// That were there from another day, and got as much stock again.
    package internal(set) var replenished = 0
    package internal(set) var placed = 0
    /// For want of stock.
    package internal(set) var refused = 0
    package internal(set) var shipped = 0
    /// Of those that were shipped.
    package internal(set) var delivered = 0
    package internal(set) var cancelled = 0

    package var text: String {
        """
        \(products) products added, \(replenished) replenished
        \(placed) orders placed, \(refused) refused for want of stock
        of these \(delivered) are delivered, \(shipped - delivered) on their way, \(cancelled) cancelled, \
        \(placed - shipped - cancelled) still to be shipped
        """
    }

    package var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("products_added", products)
            json.field("products_replenished", replenished)
            json.field("placed", placed)
            json.field("refused", refused)
            json.field("shipped", shipped)
            json.field("delivered", delivered)
            json.field("cancelled", cancelled)
        }
        return json.finish()
    }
}
