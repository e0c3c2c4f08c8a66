import ExactText
import HTTPAPI
import JSON
import JSONSchema
import Shop

/// Products as someone adds and changes them: what is read, and what callers are told of it.
extension NewProduct {
    static let schema = JSONSchema.named(
        "NewProduct",
        .object([
            .required("product_id", ProductID.schema),
            .required("name", Text.schema(limit: Text.nameLimit)),
            .required("price", Money.priceSchema),
            .required("quantity", .integer(Units.ofProduct).described("Units that can be ordered.")),
            .optional("low_stock_threshold", ProductChange.threshold.byDefault(defaultThreshold)),
            .optional("metadata", Metadata.schema.orNull),
        ]))

    static let example = """
        {"product_id":"desk-lamp","name":"Desk lamp","price":{"amount":3999,"currency":"USD"},"quantity":10}
        """

    static func read(_ json: inout JSONReader) throws -> NewProduct? {
        var productID: ProductID?
        var name: ExactText?
        var price: Money?
        var quantity: Int64?
        var threshold: Int64? = defaultThreshold
        var metadata: Metadata?
        let isObject = try json.object { key, json in
            switch key {
            case "product_id": productID = try json.productID()
            case "name": name = try json.text(limit: Text.nameLimit)
            case "price": price = try Money.read(&json, amounts: Money.prices)
            case "quantity": quantity = try json.int(in: Units.ofProduct)
            case "low_stock_threshold": threshold = try ProductChange.threshold(&json)
            case "metadata": metadata = try json.null() ? nil : try Metadata.read(&json)
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (
            json.require(productID, "product_id"), json.require(name, "name"), json.require(price, "price"),
            json.require(quantity, "quantity")
        )
        guard let productID = present.0, let name = present.1, let price = present.2, let quantity = present.3,
            let threshold
        else { return nil }
        return NewProduct(
            productID: productID, name: name, price: price, quantity: quantity, lowStockThreshold: threshold,
            metadata: metadata)
    }
}

extension ProductChange {
    static let schema = JSONSchema.named(
        "ProductChange",
        .object([
            .optional("name", Text.schema(limit: Text.nameLimit)),
            .optional("price", Money.priceSchema),
            .optional("low_stock_threshold", threshold),
            .optional("metadata", Metadata.Change.schema),
            .optional("archived", .boolean.described("Whether it can't be ordered any more.")),
        ]))

    static let example = """
        {"price":{"amount":119999,"currency":"USD"},"metadata":{"supplier":"ACME","shelf":null}}
        """

    /// A JSON merge patch (RFC 7396), but that a price comes as a whole: no amount without its currency.
    static func read(_ json: inout JSONReader) throws -> ProductChange? {
        var change = ProductChange()
        let isObject = try json.object { key, json in
            switch key {
            case "name": change.name = try json.text(limit: Text.nameLimit)
            case "price": change.price = try Money.read(&json, amounts: Money.prices)
            case "low_stock_threshold": change.lowStockThreshold = try threshold(&json)
            case "metadata": change.metadata = try Metadata.Change.read(&json)
            case "archived": change.isArchived = try json.bool()
            default: try json.skip()
            }
        }
        return isObject ? change : nil
    }

    fileprivate static let threshold = JSONSchema.integer(Units.ofProduct).orNull.described(
        "At this many available units or fewer its status is `low_stock`; null: \(NewProduct.defaultThreshold).")

    /// null is the default.
    fileprivate static func threshold(_ json: inout JSONReader) throws -> Int64? {
        try json.null() ? NewProduct.defaultThreshold : try json.int(in: Units.ofProduct)
    }
}
