/// A product of which fewer units can be had than somebody asks for.
package struct Shortage: Sendable, Hashable {
    package var productID: ProductID
    /// Units, as `WantedItem.quantities`.
    package var requested: Int64
    /// Fewer than `requested`.
    package var available: Int64

    package init(productID: ProductID, requested: Int64, available: Int64) {
        self.productID = productID
        self.requested = requested
        self.available = available
    }
}

/// How many units there can be.
package enum Units {
    /// A product has 0 to 10¹² units, those that can be ordered and those that are reserved together.
    package static let ofProduct: ClosedRange<Int64> = 0...1_000_000_000_000
    /// So many can be taken or added at one time.
    package static let ofChange: ClosedRange<Int64> = 1...ofProduct.upperBound
}
