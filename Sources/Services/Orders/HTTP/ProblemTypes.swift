import HTTPAPI
import JSONSchema
import Shop

extension ProblemType {
    static let productArchived = ProblemType(
        "product-archived", 409, "Product archived",
        meaning: """
            The shop has archived a product of the order, so that it can't be ordered, however many units there are. All or nothing \
            is taken: it was nothing.
            """,
        advice: """
            `archived_products` names them. Order without them; with an `Idempotency-Key` the same request can be sent again, and goes \
            through once the shop has brought them back.
            """,
        members: [.required("archived_products", .array(of: ProductID.sent).described("Each of them."))])

    static let illegalMove = ProblemType(
        "illegal-move", 409, "Illegal move",
        meaning: """
            The order is in a state from which it can't go there: it moves from `confirmed` to `shipped` to `delivered`, or \
            from `confirmed` to `cancelled`. Nothing was changed.
            """,
        advice: "Look at the order; somebody else may have moved it. Where it is already as you wanted it, all is well."
    )

    static let otherTotal = ProblemType(
        "other-total", 409, "Other total",
        meaning: """
            The order costs something else than `expected_total` says: prices have changed since the customer saw them. Nothing was \
            taken, and no order was stored.
            """,
        advice: """
            `total` and the prices in `items` are today's. Show them to the customer, and place the order again with the new \
            `expected_total`; it is another request, so take another `Idempotency-Key`, or the same: no order has it.
            """,
        members: [
            .required("total", Money.schema.described("What it costs now: the sum of the lines.")),
            .required(
                "items",
                .array(of: OrderItem.schema, 1...OrderItem.maximumLines).described("The lines, at today's prices.")),
        ])

    static let orderInterrupted = ProblemType(
        "order-interrupted", 503, "Order interrupted",
        meaning:
            "The order took too long, was given up and stands as `rejected`, reason `interrupted`. Nothing was taken.",
        advice: "Place it again; the same `Idempotency-Key` will do.")

    static let inventoryUnavailable = ProblemType(
        "inventory-unavailable", 503, "Inventory unavailable",
        meaning: "The inventory service, which reserves stock for orders, can't be used now. No order was stored.",
        advice:
            "Try again after `Retry-After` seconds, with the same `Idempotency-Key`. `detail` says what the matter is.")

    static let inventoryNotBelieved = ProblemType(
        "inventory-not-believed", 503, "Inventory not believed",
        meaning: """
            The inventory service answered what can't be right, such as another product than was asked for. No order was \
            stored.
            """,
        advice: "Try again; where it stays, the operators have to look at the order service's log.")
}
