import Causes
import JSONSchema
import Shop

extension OrderBody {
    static let schema = JSONSchema.named(
        "OrderRequest",
        .object([
            .required(
                "customer",
                .object([
                    .required("name", Text.schema(limit: Text.nameLimit)),
                    .required("email", Text.emailSchema),
                    .optional("phone", Text.phoneSchema.orNull),
                ]).described("Who is told about the order, and where.")),
            .required("items", WantedItem.linesSchema),
            .optional(
                "customer_id",
                Text.shopIDSchema.orNull.described("What the shop calls the customer: orders are found by it.")),
            .optional("shipping_address", ShippingAddress.schema.orNull),
            .optional(
                "note",
                Text.linesSchema(limit: Text.noteLimit).orNull.described(
                    "Words of the customer's or the shop's; they may have line breaks.")),
            .optional("metadata", Metadata.schema.orNull),
            .optional(
                "expected_total",
                Money.schema.orNull.described(
                    """
                    What the customer was told that the order costs. Where it costs something else, because prices have changed, \
                    it is refused with today's (409), and nothing is taken.
                    """)),
        ]))

    static let example = """
        {"customer":{"name":"Ada Lovelace","email":"ada@example.com"},"items":[{"product_id":"PROD-001","quantity":1}],\
        "customer_id":"c-1815","shipping_address":{"name":"Ada Lovelace","line1":"12 St James's Square","city":"London",\
        "postal_code":"SW1Y 4JH","country":"GB"},"note":"Please ring twice.","metadata":{"channel":"web"},\
        "expected_total":{"amount":129999,"currency":"USD"}}
        """
}

extension OrderAnswer {
    static let schema = JSONSchema.named(
        "Order",
        .object([
            .required("order_id", .uuid),
            .required("status", OrderStatus.schema),
            .required(
                "customer",
                customer.orNull.described("null: the order was rejected before anybody knew whose it was.")),
            .required("items", .array(of: item, 0...OrderItem.maximumLines)),
            .required("total", Money.schema.described("The sum of the lines.")),
            .required("created_at", .dateTime),
            .required("updated_at", .dateTime.described("When it last moved.")),
            .optional(
                "reason",
                Text.sent(limit: Text.reasonLimit).described("Why it was cancelled, or rejected, where that is known.")),
            .optional(
                "customer_id", Text.sent(limit: Text.productIDLimit).described("What the shop calls the customer.")),
            .optional("shipping_address", ShippingAddress.sent),
            .optional("note", Text.sent(limit: Text.noteLimit)),
            .optional("metadata", Metadata.sent),
            .optional("carrier", Text.sent(limit: Text.carrierLimit).described("Who carries it, once it was shipped.")),
            .optional(
                "tracking_number", Text.sent(limit: Text.carrierLimit).described("By which the carrier knows it.")),
            .required(
                "history",
                .array(of: step, 1...OrderStep.most).described(
                    "What it was from when on, up to what it is. Of orders from before there was a history: what is known."
                )),
        ]))

    private static let step = JSONSchema.named(
        "OrderStep",
        .object([
            .required("status", OrderStatus.schema),
            .required("at", .dateTime),
            .optional(
                "by",
                .text(CallerName.lengths, pattern: CallerName.pattern).described(
                    "The name of the key that it was asked for with; not there without a key.")),
        ]))

    private static let customer = JSONSchema.named(
        "Customer",
        .object([
            .required("name", Text.sent(limit: Text.nameLimit)),
            .required("email", Text.sent(limit: Text.contactLimit)),
            .optional("phone", Text.sent(limit: Text.contactLimit)),
        ]))

    private static let item = JSONSchema.named(
        "OrderItem",
        .object([
            .required("product_id", ProductID.sent),
            .required(
                "name", Text.sent(limit: Text.nameLimit).described("What the product was called when it was sold.")),
            .required("quantity", .integer(WantedItem.quantities)),
            .required("unit_price", Money.priceSchema),
            .required("line_total", Money.schema.described("Quantity times unit price.")),
        ]))

    static let example = """
        {"order_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","status":"confirmed",\
        "customer":{"name":"Ada Lovelace","email":"ada@example.com"},\
        "items":[{"product_id":"PROD-001","name":"Laptop","quantity":1,\
        "unit_price":{"amount":129999,"currency":"USD"},"line_total":{"amount":129999,"currency":"USD"}}],\
        "total":{"amount":129999,"currency":"USD"},\
        "created_at":"2026-01-31T09:30:00.000Z","updated_at":"2026-01-31T09:30:00.000Z",\
        "history":[{"status":"confirmed","at":"2026-01-31T09:30:00.000Z","by":"shop"}]}
        """
}
