/// Where an order is in its life: confirmed → shipped → delivered, or confirmed → cancelled; rejected is born so.
package enum OrderStatus: String, Sendable, CaseIterable {
    case confirmed, shipped, delivered, cancelled, rejected
}

/// Whether a product can be had.
package enum StockStatus: String, Sendable, CaseIterable {
    case inStock = "in_stock"
    case lowStock = "low_stock"
    case outOfStock = "out_of_stock"

    /// Of so many units that can be ordered; at `threshold` units or fewer it is low.
    package init(available: Int64, threshold: Int64) {
        if available == 0 { self = .outOfStock } else { self = available <= threshold ? .lowStock : .inStock }
    }
}
