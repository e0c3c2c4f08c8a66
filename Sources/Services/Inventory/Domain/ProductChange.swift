package import ExactText
package import Shop
import Timestamps

/// What of a product somebody wants to be otherwise; nil: as it is.
package struct ProductChange: Sendable, Hashable {
    package var name: ExactText?
    package var price: Money?
    package var lowStockThreshold: Int64?
    package var metadata: Metadata.Change?
    package var isArchived: Bool?

    package init(
        name: ExactText? = nil, price: Money? = nil, lowStockThreshold: Int64? = nil,
        metadata: Metadata.Change? = nil, isArchived: Bool? = nil
    ) {
        self.name = name
        self.price = price
        self.lowStockThreshold = lowStockThreshold
        self.metadata = metadata
        self.isArchived = isArchived
    }
}

extension Product {
    /// Makes the change, and answers which members are otherwise by it, by their names in answers and events; none: nothing is.
    mutating func change(by change: ProductChange, now: Timestamp) throws(StockError) -> [String] {
        var after = self
        if let name = change.name { after.name = name }
        if let price = change.price { after.price = price }
        if let threshold = change.lowStockThreshold { after.lowStockThreshold = threshold }
        if let isArchived = change.isArchived { after.isArchived = isArchived }
        if let metadata = change.metadata {
            guard let changed = metadata.applied(to: after.metadata) else { throw .tooMuchMetadata }
            after.metadata = changed.metadata
        }
        let members = [
            ("name", after.name != name), ("price", after.price != price),
            ("low_stock_threshold", after.lowStockThreshold != lowStockThreshold),
            ("metadata", after.metadata != metadata), ("archived", after.isArchived != isArchived),
        ].filter(\.1).map(\.0)
        guard !members.isEmpty else { return [] }
        after.updatedAt = now
        self = after
        return members
    }
}
