package import Shop

/// Which products somebody wants to see; nil: whatever it is.
package struct ProductFilter: Sendable, Hashable {
    package var isArchived: Bool?
    package var status: StockStatus?

    package init(isArchived: Bool? = nil, status: StockStatus? = nil) {
        self.isArchived = isArchived
        self.status = status
    }
}
