import Causes
import Databases
import HTTPAPI
import InventoryAPI
import JSONSchema
import Shop

/// What the order service asks at inventory's inside door.
enum ReservationOperations {
    private static let tag = Operation.Tag(
        "reservations", "Stock held for orders: the calls of the order service, not of customers.")

    static let reserve = Operation(
        .post, "/reservations", id: "reserve", tag: tag, access: .inside,
        summary: "Reserve stock for a batch of orders",
        description: """
            Each order gets all of its items or none. What is reserved is held while the batch is open, and an order that asked \
            before gets its first answer. A call carries at most \(ReserveCall.maximumOrders) orders of \
            \(ReserveCall.maximumLines) lines in all.
            """,
        headers: [CallerName.header],
        body: Operation.Body("A batch of orders.", ReserveCall.schema, example: ReserveCall.example),
        answers: [
            Operation.Answer(
                "What became of each, in the order of the call.",
                .json(ReserveAnswer.schema, example: ReserveAnswer.example),
                links: [
                    Operation.Link(
                        to: "getReservation", "The first order's reservation.",
                        with: [("order_id", "$request.body#/reservations/0/order_id")])
                ])
        ],
        // 10,000 lines, with product ids as long as they may be.
        maximumBody: 16 << 20)

    static let release = named(
        "release", "releaseReservations", "Give held stock back", "order_ids",
        "Gives back what is held for these orders. What is sold, or not known, stays as it is.",
        headers: [CallerName.header])
    static let close = named(
        "close", "closeBatches", "Close batches", "batch_ids",
        "In these batches nothing is undecided any more: what they hold is sold, and moves by events from then on.")

    static let list = Operation(
        .get, "/reservations", id: "listOpenReservations", tag: tag, access: .inside,
        summary: "List reservations of open batches",
        description: "Oldest first: those of batches that have been open for longer than `open_for`.",
        query: [openFor] + Page.query,
        answers: [
            Page.answer("A page of reservations.", "reservations", of: Reservation.schema, example: Reservation.example)
        ])

    static let get = Operation(
        .get, "/reservations/{order_id}", id: "getReservation", tag: tag, access: .inside,
        summary: "Get an order's reservation",
        description: "What is reserved for it, and whether that is held, sold, released or shipped.",
        path: [Operation.PathParameter("order_id", "The order's id, a UUID.", .uuid)],
        answers: [Operation.Answer("The reservation.", .json(Reservation.schema, example: Reservation.example))],
        problems: [.notFound])

    static let all = [reserve, release, close, list, get]

    static let openFor = QueryParameter(
        "open_for", .number(0...1_000_000_000), isRequired: true,
        description: "Reservations of batches that have been open for more than so many seconds.")

    private static func named(
        _ verb: String, _ id: String, _ summary: String, _ member: String, _ description: String,
        headers: [Operation.HeaderParameter] = []
    ) -> Operation {
        Operation(
            .post, "/reservations/\(verb)", id: id, tag: tag, access: .inside, summary: summary,
            description: description, headers: headers,
            body: Operation.Body(
                "At most \(ReserveCall.maximumNamed) ids.",
                .object([.required(member, .array(of: .uuid, 0...ReserveCall.maximumNamed))]),
                example: #"{"\#(member)":["0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40"]}"#),
            answers: [
                Operation.Answer(
                    "It is done.",
                    .json(
                        .object([
                            .required(
                                "done",
                                .integer(0...Int64(ReserveCall.maximumNamed)).described(
                                    "Ids for which something was changed."))
                        ]), example: #"{"done":1}"#))
            ])
    }
}

extension Reservation {
    static let schema = JSONSchema.named(
        "Reservation",
        .object([
            .required("order_id", .uuid),
            .required("batch_id", .uuid.orNull),
            .required("state", .choice(State.allCases.map(\.rawValue))),
            .required("items", .array(of: OrderItem.schema, 0...OrderItem.maximumLines)),
            .required("created_at", .dateTime),
            .required("updated_at", .dateTime),
        ]))

    static let example = """
        {"order_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","batch_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e41",\
        "state":"held","items":[{"product_id":"PROD-001","name":"Laptop","quantity":1,\
        "unit_price":{"amount":129999,"currency":"USD"},"line_total":{"amount":129999,"currency":"USD"}}],\
        "created_at":"2026-01-31T09:30:00.000Z","updated_at":"2026-01-31T09:30:00.000Z"}
        """
}
