import Events
import JSONSchema
import Shop

extension EventSchema {
    static let orders = OrderEvent.Kind.allCases.map { kind in
        EventSchema(
            type: kind.rawValue, topic: Topics.orders, title: kind.name, summary: summary(of: kind), data: order(kind))
    }

    private static func summary(of kind: OrderEvent.Kind) -> String {
        switch kind {
        case .confirmed: "Its stock is reserved and the order is stored."
        case .shipped: "It has left the house."
        case .delivered: "The customer has it."
        case .cancelled: "It was cancelled before it was shipped; its stock can be ordered again."
        case .rejected: "Its request was interrupted, and it will never be confirmed; its stock can be ordered again."
        }
    }

    /// The order as it is after the event. What was rejected may have neither customer nor items.
    private static func order(_ kind: OrderEvent.Kind) -> JSONSchema {
        let isRejected = kind == .rejected
        var members: [JSONSchema.Property] = [
            .required("order_id", Values.uuid), .required("status", .choice([kind.status.rawValue])),
            .required("customer", isRejected ? customer.orNull : customer),
            .required("items", .array(of: item, (isRejected ? 0 : 1)...OrderItem.maximumLines)),
            .required(
                "total",
                Values.total.described(
                    isRejected
                        ? "The sum of the lines; 0 where there are none, or where they have several currencies."
                        : "The sum of the lines, which all have its currency.")),
            .required("created_at", Values.time), .required("updated_at", Values.time),
        ]
        if isRejected || kind == .cancelled {
            members.append(.optional("reason", Text.schema(limit: Text.reasonLimit).described("Why.")))
        }
        if !isRejected { members += besides }
        if kind == .shipped || kind == .delivered { members += shipment }
        return .object(members)
    }

    /// What an order may have besides.
    private static let besides: [JSONSchema.Property] = [
        .optional(
            "customer_id",
            Text.schema(limit: Text.productIDLimit).described("What the shop calls the customer.")),
        .optional("shipping_address", ShippingAddress.kept),
        .optional(
            "note", Text.linesSchema(limit: Text.noteLimit).described("Words of the customer's or the shop's.")),
        .optional("metadata", Metadata.kept),
    ]

    private static let shipment: [JSONSchema.Property] = [
        .optional("carrier", Text.schema(limit: Text.carrierLimit).described("Who carries it.")),
        .optional(
            "tracking_number", Text.schema(limit: Text.carrierLimit).described("By which the carrier knows it.")),
    ]

    private static let customer = JSONSchema.named(
        "Customer",
        .object([
            .required("name", Text.schema(limit: Text.nameLimit)), .required("email", Text.keptEmailSchema),
            .optional("phone", Text.keptPhoneSchema),
        ]))

    private static let item = JSONSchema.named(
        "OrderItem",
        .object([
            .required("product_id", Text.schema(limit: Text.productIDLimit)),
            .required(
                "name", Text.schema(limit: Text.nameLimit).described("What the product was called when it was sold.")),
            .required("quantity", .integer(WantedItem.quantities)), .required("unit_price", Values.price),
            .required("line_total", Values.lineTotal.described("Quantity times unit price.")),
        ]))
}
