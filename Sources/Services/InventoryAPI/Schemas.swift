package import JSONSchema
import Shop

extension ReserveCall {
    package static let schema = JSONSchema.named(
        "ReserveCall",
        .object([
            .required("batch_id", .uuid.described("What it reserves is held as long as this batch is open.")),
            .optional(
                "closed",
                .array(of: .uuid, 0...maximumNamed).described(
                    "Earlier batches of the caller in which nothing is undecided any more.")),
            .required(
                "reservations",
                .array(
                    of: .object([
                        .required("order_id", .uuid), .required("items", WantedItem.openLinesSchema),
                        .optional(
                            "expected_total",
                            Money.schema.orNull.described(
                                "What they are to cost together. Where they cost something else, nothing is reserved.")),
                        .optional(
                            "traceparent",
                            .text().orNull.described(
                                """
                                W3C trace context of this order's request, where the call has several. Events that it \
                                causes name it. What is none is left out.
                                """)),
                        .optional(
                            "tracestate",
                            .text().orNull.described("Of the same; one of more than 512 characters is left out.")),
                    ]), 1...maximumOrders)),
        ]))

    package static let example = """
        {"batch_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e41","closed":[],\
        "reservations":[{"order_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40",\
        "items":[{"product_id":"PROD-001","quantity":1}]}]}
        """
}

extension ReserveAnswer {
    package static let schema = JSONSchema.named(
        "ReserveAnswer",
        .object([
            .required("results", .array(of: result, 1...ReserveCall.maximumOrders))
        ]))

    private static let result = JSONSchema.object([
        .required("order_id", .uuid),
        .required(
            "status",
            .choice(ReservationOutcome.statuses).described(
                """
                `reserved`: with `items`. `rejected`: with `shortages`, `archived_products` (named among `unknown_products`, too, \
                for earlier versions) or `unknown_products`. `released`: given back before, \
                it gets nothing for good. `conflict`: the same order asked for other items, or expected another total, before, with \
                `is_sold`. `other_total`: nothing is reserved, for the `items` cost something else than was expected.
                """)),
        .optional("items", .array(of: OrderItem.schema, 0...OrderItem.maximumLines)),
        .optional("shortages", .array(of: .named("Shortage", Shortage.schema))),
        .optional("unknown_products", .array(of: ProductID.sent)),
        .optional("archived_products", .array(of: ProductID.sent)),
        .optional(
            "is_sold", .boolean.described("Whether what it asked for before is sold, and not held by an open call.")),
    ])

    package static let example = """
        {"results":[{"order_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","status":"reserved",\
        "items":[{"product_id":"PROD-001","name":"Laptop","quantity":1,\
        "unit_price":{"amount":129999,"currency":"USD"},"line_total":{"amount":129999,"currency":"USD"}}]}]}
        """
}
