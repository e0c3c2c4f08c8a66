import Databases
package import HTTPAPI
import Idempotency
import JSONSchema
import ServiceLife

/// What the console is asked, as its callers are told of it. Its pages are no operations: they are the same for everybody.
package enum ConsoleOperations {
    private static let story = Operation.Tag("story", "What became of an order.")
    private static let shop = Operation.Tag(
        "shop",
        "What the console's pages ask. Each is passed on to a service with the caller's key, and answered as that service does."
    )

    static let timeline = Operation(
        .get, "/orders/{order_id}/timeline", id: "getTimeline", tag: story, access: .keys([.read]),
        summary: "Get an order's story",
        description: """
            From the order service, the log and the notification service, put together: each step of the order, its event and where \
            that stands on the log, whether each group has handled it, and each message. In the order in which it happened. Where \
            something can't be asked now, `missing` says so, and the rest is answered.
            """,
        path: [orderID],
        answers: [Operation.Answer("Its story.", .json(Timeline.schema, example: Timeline.example))],
        problems: [.notFound, .serviceAway], needsDatabase: false)

    static let status = Operation(
        .get, "/api/status", id: "getStatus", tag: shop, access: .keys([.read]), summary: "See how the shop is",
        description: "As `orderlog status --json` has it: each replica, what waits, and what to do.",
        answers: [
            Operation.Answer(
                "How it is.",
                .json(
                    .object([.required("status", .choice(["well", "look"]))]),
                    example: #"{"status":"well","replicas":[],"waiting":[],"advice":[]}"#))
        ], needsDatabase: false)

    static let orders = passed(
        .get, "/api/orders", id: "listOrders", [.read], "List orders", of: "GET /orders", .order,
        query: [word("status"), word("customer_email")] + Page.query)
    static let place = passed(
        .post, "/api/orders", id: "placeOrder", [.place], "Place an order", of: "POST /orders", .order, status: 201,
        hasBody: true, takesKey: true)
    static let order = passed(
        .get, "/api/orders/{order_id}", id: "getOrder", [.place, .read], "Get an order", of: "GET /orders/{order_id}",
        .order, path: [orderID])
    static let moves = [("ship", "Ship an order"), ("deliver", "Deliver an order"), ("cancel", "Cancel an order")].map {
        verb, summary in
        passed(
            .post, "/api/orders/{order_id}/\(verb)", id: "\(verb)Order", [.operate], summary,
            of: "POST /orders/{order_id}/\(verb)", .order, path: [orderID], hasBody: true)
    }
    static let products = passed(
        .get, "/api/products", id: "listProducts", [.read], "List products", of: "GET /inventory", .inventory,
        query: Page.query)
    static let product = passed(
        .get, "/api/products/{product_id}", id: "getProduct", [.read], "Get a product",
        of: "GET /inventory/{product_id}", .inventory, path: [productID])
    static let replenish = passed(
        .put, "/api/products/{product_id}/replenish", id: "replenishStock", [.operate], "Add stock",
        of: "PUT /inventory/{product_id}/replenish", .inventory, path: [productID], hasBody: true,
        takesKey: true)

    private static let all =
        [timeline, status, orders, place, order] + moves + [products, product, replenish] + LogOperations.all
        + LetterOperations.all + ProofOperations.all + SessionOperations.all + EventOperations.all

    /// What is answered at the public door.
    package static let street = APIDescription.street(
        "console", "Console",
        """
        The shop in a browser. Its pages are at `/`, `/orders`, `/orders/{order_id}`, `/stock`, `/log`, `/dead-letters` and `/proof`. It keeps nothing: it asks the \
        services, and reads the log.
        """, port: 8083, all)

    /// What is answered at the inside door.
    package static let inside = APIDescription.inside("console", "Console", [])

    private static let orderID = Operation.PathParameter("order_id", "The order's id, a UUID.", .uuid)
    private static let productID = Operation.PathParameter(
        "product_id", "What the shop calls it.", .text().example("PROD-001"))

    /// Whatever it says, the service that gets it has the last word.
    private static func word(_ name: String) -> QueryParameter {
        QueryParameter(name, .text(limit: 500), description: "As that service takes it.")
    }

    private static func passed(
        _ method: Operation.Method, _ pattern: String, id: String, _ scopes: [Scope], _ summary: String,
        of other: String,
        _ neighbour: Neighbour, status: Int = 200, path: [Operation.PathParameter] = [], query: [QueryParameter] = [],
        hasBody: Bool = false, takesKey: Bool = false
    ) -> Operation {
        Operation(
            method, pattern, id: id, tag: shop, access: .keys(scopes), summary: summary,
            description: """
                What the \(neighbour.rawValue) service answers to `\(other)`, whatever that is; its description says more.
                """,
            path: path, query: query, headers: takesKey ? [IdempotencyKey.header] : [],
            body: hasBody
                ? Operation.Body(
                    "As that service takes it.", .object([], others: .each(.anything)), isRequired: false, example: "{}"
                )
                : nil,
            answers: [Operation.Answer(status: status, "As that service answers.", .json(.object([]), example: "{}"))],
            problems: [.notFound, .serviceAway, .outcomeUnknown], needsDatabase: false)
    }
}
