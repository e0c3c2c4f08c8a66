import Events
import JSONSchema
import Shop

extension EventSchema {
    static let inventory = InventoryEvent.Change.types.map { type in
        let (member, summary) = change(of: type)
        return EventSchema(
            type: type, topic: Topics.inventory, title: String(type.split(separator: ".")[1]), summary: summary,
            data: .object([member, .required("product", product)]))
    }

    /// What the event has beside the product.
    private static func change(of type: String) -> (member: JSONSchema.Property, summary: String) {
        let someUnits = JSONSchema.integer(1...Units.ofProduct.upperBound)
        return switch type {
        case "orderlog.ProductAdded.v1":
            (.required("quantity", Values.units), "The shop sells it from now on, so many at first.")
        case "orderlog.StockReplenished.v1": (.required("quantity", someUnits), "So many units came in.")
        case "orderlog.StockTaken.v1":
            (.required("quantity", someUnits), "So many units were taken by hand; no order is behind it.")
        case "orderlog.StockStatusChanged.v1":
            (
                .required("previous_status", .choice(StockStatus.allCases.map(\.rawValue))),
                "It can be had, or hardly, or no more."
            )
        case "orderlog.ProductChanged.v1":
            (
                .required(
                    "changed",
                    .array(of: .text(1...Text.nameLimit), InventoryEvent.Change.members).described(
                        """
                        The members of the product that are otherwise now: `name`, `price`, `low_stock_threshold`, `metadata`, \
                        `archived`.
                        """)),
                """
                It has another name, price, threshold or other metadata, or can't be ordered any more, or can again. `product` \
                says all that it is now.
                """
            )
        default: preconditionFailure("\(type) has no schema")
        }
    }

    /// The product as it is after the event.
    private static let product = JSONSchema.named(
        "Product",
        .object([
            .required("product_id", Text.schema(limit: Text.productIDLimit)),
            .required("name", Text.schema(limit: Text.nameLimit)),
            .required("price", Values.price),
            .required("available", Values.units.described("Units that can be ordered.")),
            .required("reserved", Values.units.described("Units held for orders, or ordered, and not yet shipped.")),
            .required(
                "low_stock_threshold", Values.units.described("At so many available units or fewer it is low on stock.")
            ),
            .required("status", .choice(StockStatus.allCases.map(\.rawValue))), .required("updated_at", Values.time),
            .optional("archived", .boolean.described("It can't be ordered any more. Not there: it can.")),
            .optional("metadata", Metadata.sent),
        ]))
}
