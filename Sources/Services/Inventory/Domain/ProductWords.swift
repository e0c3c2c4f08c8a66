package import Events
package import ExactText
import Shop

/// What a product is apart from its stock, in words by which a row and an event can be compared.
package struct ProductWords: Sendable, Hashable {
    /// Every event tells it.
    package var essentials: ExactText
    /// What describes the product tells it.
    package var further: ExactText

    package init(_ product: InventoryEvent.Product) {
        let price = "\(product.price.amount) \(product.price.currency)"
        essentials = "\(product.name), \(price), low at \(product.lowStockThreshold)"
        further = "\(product.isArchived ? "archived" : "not archived"), metadata \(product.metadata?.kept ?? "{}")"
    }

    package init(_ product: Product) { self.init(InventoryEvent.Product(product)) }
}
