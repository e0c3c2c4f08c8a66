import Databases
package import HTTPAPI
import Idempotency
import InventoryAPI
import JSONSchema
import ServiceLife
import Shop

/// What the inventory service is asked, as its callers are told of it.
package enum InventoryOperations {
    private static let tag = Operation.Tag("inventory", "Products and their stock.")

    static let list = Operation(
        .get, "/inventory", id: "listProducts", tag: tag, access: .keys([.read]), summary: "List products",
        description: """
            In the order in which they were added, newest first; those that are archived only where they are asked for.
            """,
        query: [status, archived] + Page.query,
        answers: [
            Page.answer("A page of products.", "products", of: ProductAnswer.schema, example: ProductAnswer.example)
        ])

    static let add = Operation(
        .post, "/inventory", id: "addProduct", tag: tag, access: .keys([.operate]), summary: "Add a product",
        description: "It can be ordered at once. `ProductAdded` is published.",
        body: Operation.Body("The product and its first stock.", NewProduct.schema, example: NewProduct.example),
        answers: [
            Operation.Answer(
                status: 201, "The product.", .json(ProductAnswer.schema, example: ProductAnswer.example),
                headers: [
                    Operation.Header(
                        "Location", "Where the product is: `/inventory/{product_id}`.", .text(format: "uri-reference"),
                        isAlwaysThere: true)
                ],
                links: [
                    link("getProduct", "The product as it is then."), link("getStockStatus", "Whether it can be had."),
                ])
        ], problems: [.productExists])

    static let change = Operation(
        .patch, "/inventory/{product_id}", id: "changeProduct", tag: tag, access: .keys([.operate]),
        summary: "Change a product",
        description: """
            What is given is otherwise from now on, and `ProductChanged` is published; where all is so already, nothing is. Of \
            several changes at once each member has the last one's. Orders keep the names and prices that they were placed at.

            A product that is archived can't be ordered. It keeps its stock, which can be added to and taken, and what is \
            reserved of it is shipped or given back as ever. `StockStatusChanged` is not published of it. `"archived": false` \
            brings it back.
            """,
        path: [productID],
        body: Operation.Body(
            "What is to be otherwise: a JSON merge patch (RFC 7396), but that a price comes as a whole.",
            ProductChange.schema, example: ProductChange.example),
        answers: [
            Operation.Answer(
                "The product as it is after it.", .json(ProductAnswer.schema, example: ProductAnswer.example))
        ],
        problems: [.notFound])

    static let get = Operation(
        .get, "/inventory/{product_id}", id: "getProduct", tag: tag, access: .keys([.read]), summary: "Get a product",
        description: "The product and its stock as they are now.", path: [productID],
        answers: [Operation.Answer("The product.", .json(ProductAnswer.schema, example: ProductAnswer.example))],
        problems: [.notFound])

    static let stockStatus = Operation(
        .get, "/inventory/{product_id}/status", id: "getStockStatus", tag: tag, access: .keys([.read]),
        summary: "See whether a product can be had",
        description: "No more of a product than its stock.", path: [productID],
        answers: [
            Operation.Answer(
                "Its stock.",
                .json(
                    stock,
                    example: #"{"product_id":"PROD-001","status":"in_stock","available":10,"archived":false}"#))
        ], problems: [.notFound])

    static let take = changeOfStock(
        "reserve", "takeStock", "Take stock without an order",
        """
        Takes units for good, as for a sale over the counter, and publishes `StockTaken`. (What orders reserve is reserved by \
        the order service.)
        """, problems: [.notEnoughStock])
    static let replenish = changeOfStock(
        "replenish", "replenishStock", "Add stock", "Adds units that have come, and publishes `StockReplenished`.",
        problems: [.tooMuchStock])

    private static let all = [list, add, change, get, stockStatus, take, replenish]

    /// What is answered at the public door.
    package static let street = APIDescription.street(
        "inventory", "Inventory", "Keeps products and their stock. Orders reserve stock at the service's inside door.",
        port: 8081, all)

    /// What is answered at the inside door.
    package static let inside = APIDescription.inside("inventory", "Inventory", ReservationOperations.all)

    private static let productID = Operation.PathParameter("product_id", "What the shop calls it.", ProductID.schema)

    static let status = QueryParameter(
        "status", .choice(StockStatus.allCases.map(\.rawValue)), description: "Only products in this state.")
    static let archived = QueryParameter(
        "archived", .choice(["false", "true", "all"]), default: "false",
        description: "`true`: only those that are archived; `all`: these, too.")

    /// The products that a query asks for.
    static func filter(_ query: QueryValues) -> ProductFilter {
        ProductFilter(
            isArchived: query[archived] == "all" ? nil : query[archived] == "true",
            status: query[status].flatMap(StockStatus.init))
    }

    private static func changeOfStock(
        _ verb: String, _ id: String, _ summary: String, _ description: String, problems: [ProblemType]
    ) -> Operation {
        Operation(
            .put, "/inventory/{product_id}/\(verb)", id: id, tag: tag, access: .keys([.operate]), summary: summary,
            description: description,
            path: [productID], headers: [IdempotencyKey.header],
            body: Operation.Body(
                "How many units.",
                .named("Quantity", .object([.required("quantity", .integer(Units.ofChange))])),
                example: #"{"quantity":5}"#),
            answers: [
                Operation.Answer(
                    "The product as it is after it.", .json(ProductAnswer.schema, example: ProductAnswer.example),
                    headers: [IdempotencyKey.replayed])
            ], problems: [.notFound] + problems)
    }

    private static func link(_ operation: String, _ description: String) -> Operation.Link {
        Operation.Link(to: operation, description, with: [("product_id", "$response.body#/product_id")])
    }
}

extension InventoryOperations {
    private static let stock = JSONSchema.named(
        "Stock",
        .object([
            .required("product_id", ProductID.sent),
            .required("status", StockStatus.schema),
            .required("available", .integer(Units.ofProduct).described("Units that are not reserved.")),
            .required("archived", .boolean.described("Whether it can't be ordered, however many there are.")),
        ]))
}

extension ProductAnswer {
    static let schema = JSONSchema.named(
        "Product",
        .object([
            .required("product_id", ProductID.sent),
            .required("name", Text.sent(limit: Text.nameLimit)),
            .required("price", Money.priceSchema),
            .required("available", .integer(Units.ofProduct).described("Units that can be ordered.")),
            .required(
                "reserved",
                .integer(Units.ofProduct).described("Units held for orders, or ordered, and not yet shipped.")),
            .required("low_stock_threshold", .integer(Units.ofProduct)),
            .required("status", StockStatus.schema),
            .required("archived", .boolean.described("Whether it can't be ordered any more.")),
            .required("metadata", Metadata.sent),
            .required("updated_at", .dateTime.described("When it, or its stock, changed last.")),
        ]))

    static let example = """
        {"product_id":"PROD-001","name":"Laptop","price":{"amount":129999,"currency":"USD"},"available":10,"reserved":2,\
        "low_stock_threshold":5,"status":"in_stock","archived":false,"metadata":{"supplier":"ACME"},\
        "updated_at":"2026-01-31T09:30:00.000Z"}
        """
}
