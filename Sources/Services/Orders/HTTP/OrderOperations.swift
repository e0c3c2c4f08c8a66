import Databases
package import HTTPAPI
import Idempotency
import InventoryAPI
import JSONSchema
import ServiceLife
import Shop

/// What the order service is asked, as its callers are told of it.
package enum OrderOperations {
    private static let tag = Operation.Tag("orders", "Orders, from being placed to being delivered or cancelled.")

    static let place = Operation(
        .post, "/orders", id: "placeOrder", tag: tag, access: .keys([.place]), summary: "Place an order",
        description: """
            Reserves the stock of all lines or of none, stores the order as `confirmed` and publishes `OrderConfirmed`. An \
            order has \(WantedItem.lines.lowerBound) to \(WantedItem.lines.upperBound) lines of \
            \(WantedItem.quantities.lowerBound) to \(WantedItem.quantities.upperBound) units each, all in one currency.
            """,
        headers: [IdempotencyKey.header],
        body: Operation.Body("Who orders what.", OrderBody.schema, example: OrderBody.example),
        answers: [
            Operation.Answer(
                status: 201, "The order, confirmed.", .json(OrderAnswer.schema, example: OrderAnswer.example),
                headers: [
                    Operation.Header(
                        "Location", "Where the order is: `/orders/{order_id}`.", .text(format: "uri-reference"),
                        isAlwaysThere: true),
                    IdempotencyKey.replayed,
                ],
                links: [
                    link("getOrder", "The order as it is then."), link("shipOrder", "Move it on to `shipped`."),
                    link("cancelOrder", "Cancel it."),
                ])
        ],
        problems: [
            .notEnoughStock, .productArchived, .otherTotal, .orderInterrupted, .inventoryUnavailable,
            .inventoryNotBelieved,
        ])

    static let list = Operation(
        .get, "/orders", id: "listOrders", tag: tag, access: .keys([.read]), summary: "List orders",
        description: """
            Newest first, those that fit all parameters. A page ends at `limit` orders or at about 1 MiB, whichever comes first. With \
            `product_id` it looks through \(OrderFilter.mostLookedThrough) orders at most, and may have fewer, or none, and a \
            `next_cursor` all the same.
            """,
        query: [status, customerEmail, customerID, productID, createdFrom, createdTo] + Page.query,
        answers: [Page.answer("A page of orders.", "orders", of: OrderAnswer.schema, example: OrderAnswer.example)])

    static let get = Operation(
        .get, "/orders/{order_id}", id: "getOrder", tag: tag, access: .keys([.place, .read]), summary: "Get an order",
        description: "The order as it is now.", path: [orderID],
        answers: [Operation.Answer("The order.", .json(OrderAnswer.schema, example: OrderAnswer.example))],
        problems: [.notFound])

    static let ship = move(
        "ship", "shipOrder", "Mark an order as shipped",
        """
        Moves it from `confirmed` to `shipped` and publishes `OrderShipped`: its stock leaves the shop, and its customer is told the \
        carrier and the number. Who ships an order again is answered as before, unless with another carrier or number.
        """,
        body: Operation.Body(
            "How it goes, where that is known. No body at all will do.", ShipmentBody.schema, isRequired: false,
            example: ShipmentBody.example),
        links: [link("deliverOrder", "Move it on to `delivered`.")])
    static let deliver = move(
        "deliver", "deliverOrder", "Mark an order as delivered",
        "Moves it from `shipped` to `delivered` and publishes `OrderDelivered`.")
    static let cancel = move(
        "cancel", "cancelOrder", "Cancel an order",
        "Moves it from `confirmed` to `cancelled` and publishes `OrderCancelled`: its stock can be ordered again.",
        body: Operation.Body(
            "Why, in words of at most \(Text.reasonLimit) characters. No body at all will do.",
            .named(
                "Cancellation", .object([.optional("reason", Text.schema(limit: Text.reasonLimit).orNull)])),
            isRequired: false, example: #"{"reason":"Ordered twice"}"#))

    private static let all = [place, list, get, ship, deliver, cancel]

    /// What is answered at the public door.
    package static let street = APIDescription.street(
        "order", "Orders",
        """
        Places orders and sees them through. What becomes of one is published on the log; the notification service tells its \
        customer.
        """, port: 8080, all)

    /// What is answered at the inside door.
    package static let inside = APIDescription.inside("order", "Orders", [])

    static let status = QueryParameter(
        "status", .choice(OrderStatus.allCases.map(\.rawValue)), description: "Only orders in this state.")
    static let customerEmail = QueryParameter(
        "customer_email", .text(limit: Text.contactLimit),
        description: "Only this customer's orders; letters count in either case.", pattern: Text.keptEmailPattern,
        // Orders may have one that earlier versions took.
        complaint: { Text.emailComplaint($0, isKept: true) })

    static let customerID = shopID("customer_id", "Only orders with this `customer_id`.")
    static let productID = shopID("product_id", "Only orders that have this product.")
    static let createdFrom = QueryParameter(
        "created_from", .time, description: "Only orders that were placed then or later.")
    static let createdTo = QueryParameter("created_to", .time, description: "Only orders that were placed before.")

    private static func shopID(_ name: String, _ description: String) -> QueryParameter {
        QueryParameter(
            name, .text(limit: Text.productIDLimit), description: description, pattern: Text.visible,
            // A product may have one that earlier versions took.
            complaint: { Text.complaint(about: $0, limit: Text.productIDLimit, isKept: true) })
    }

    private static let orderID = Operation.PathParameter("order_id", "The order's id, a UUID.", .uuid)

    private static let nothing = Operation.Body(
        "None is needed: the path says all. An empty object will do.", .object([]), isRequired: false,
        example: "{}")

    private static func move(
        _ verb: String, _ id: String, _ summary: String, _ description: String, body: Operation.Body = nothing,
        links: [Operation.Link] = []
    ) -> Operation {
        Operation(
            .post, "/orders/{order_id}/\(verb)", id: id, tag: tag, access: .keys([.operate]), summary: summary,
            description: description,
            path: [orderID], body: body,
            answers: [
                Operation.Answer(
                    "The order as it is after the move.", .json(OrderAnswer.schema, example: OrderAnswer.example),
                    links: links)
            ], problems: [.notFound, .illegalMove])
    }

    private static func link(_ operation: String, _ description: String) -> Operation.Link {
        Operation.Link(to: operation, description, with: [("order_id", "$response.body#/order_id")])
    }
}
