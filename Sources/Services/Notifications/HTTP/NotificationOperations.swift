import Databases
import ExactText
package import HTTPAPI
import Idempotency
import JSONSchema
import ServiceLife
import Shop
import Timestamps

/// What the notification service is asked, as its callers are told of it.
package enum NotificationOperations {
    private static let tag = Operation.Tag("notifications", "What customers were told, and how that went.")

    static let notify = Operation(
        .post, "/notify", id: "notify", tag: tag, access: .keys([.operate]), summary: "Tell a customer something",
        description: """
            Makes one notification for each address of the recipient, and sends them soon. What happens to orders is told \
            without being asked for. A message has at most \(NotifyRequest.messageLimit) characters.
            """,
        headers: [IdempotencyKey.header],
        body: Operation.Body("Who is told what.", NotifyRequest.schema, example: NotifyRequest.example),
        answers: [
            Operation.Answer(
                status: 201, "The notifications, queued.",
                .json(
                    .object([
                        .required(
                            "notifications",
                            .array(of: Notification.schema, 1...Notification.Channel.allCases.count))
                    ]), example: #"{"notifications":[\#(Notification.example)]}"#),
                headers: [
                    Operation.Header(
                        "Location", "All notifications of the order: `/notifications/order/{order_id}`.",
                        .text(format: "uri-reference"), isAlwaysThere: true),
                    IdempotencyKey.replayed,
                ],
                links: [
                    Operation.Link(
                        to: "getNotification", "The first of them, as it is then.",
                        with: [("notification_id", "$response.body#/notifications/0/notification_id")]),
                    Operation.Link(
                        to: "listNotificationsOfOrder", "All that was told about the order.",
                        with: [("order_id", "$response.body#/notifications/0/order_id")]),
                ])
        ])

    static let list = Operation(
        .get, "/notifications", id: "listNotifications", tag: tag, access: .keys([.read]),
        summary: "List notifications",
        description: """
            Newest first, those that fit all parameters. A page ends at `limit` notifications or at about 1 MiB, whichever comes \
            first. Of those that were sent, and of a channel's, it looks through \(NotificationFilter.mostLookedThrough) at most, and \
            may have fewer than `limit`, or none, and a `next_cursor` all the same.
            """,
        query: [status, recipient, channel, createdFrom, createdTo] + Page.query, answers: [page])

    private static let status = QueryParameter(
        "status", .choice(Notification.Status.allCases.map(\.rawValue)),
        description: "Only notifications in this state.")
    private static let recipient = QueryParameter(
        "recipient", .text(limit: Text.contactLimit),
        description: "Only what goes to this address or number, as it was given; letters count in either case.",
        pattern: Text.visible,
        complaint: { Text.complaint(about: $0, limit: Text.contactLimit, isKept: true) })
    private static let channel = QueryParameter(
        "channel", .choice(Notification.Channel.allCases.map(\.rawValue)),
        description: "Only notifications of this channel.")
    private static let createdFrom = QueryParameter(
        "created_from", .time, description: "Only notifications that were made then or later.")
    private static let createdTo = QueryParameter(
        "created_to", .time, description: "Only notifications that were made before.")

    /// The notifications that a query asks for.
    static func filter(_ query: QueryValues) -> NotificationFilter {
        NotificationFilter(
            status: query[status].flatMap(Notification.Status.init),
            recipient: query[recipient].map { ExactText($0) },
            channel: query[channel].flatMap(Notification.Channel.init),
            createdFrom: query[createdFrom].flatMap { Timestamp(rfc3339: $0) },
            createdBefore: query[createdTo].flatMap { Timestamp(rfc3339: $0) })
    }

    static let listOfOrder = Operation(
        .get, "/notifications/order/{order_id}", id: "listNotificationsOfOrder", tag: tag, access: .keys([.read]),
        summary: "List an order's notifications",
        description: "Newest first. Of an order that the service has not heard of there are none.",
        path: [Operation.PathParameter("order_id", "The order's id, a UUID.", .uuid)], query: Page.query,
        answers: [page], problems: [.notFound])

    static let get = Operation(
        .get, "/notifications/{notification_id}", id: "getNotification", tag: tag, access: .keys([.read]),
        summary: "Get a notification",
        description: "What is told, to whom, and whether it was sent.",
        path: [Operation.PathParameter("notification_id", "The notification's id, a UUID.", .uuid)],
        answers: [Operation.Answer("The notification.", .json(Notification.schema, example: Notification.example))],
        problems: [.notFound])

    private static let page = Page.answer(
        "A page of notifications.", "notifications", of: Notification.schema, example: Notification.example)

    /// What is answered at the public door.
    package static let street = APIDescription.street(
        "notification", "Notifications", "Tells customers by e-mail and SMS what happens to their orders.",
        port: 8082, [notify, list, listOfOrder, get])

    /// What is answered at the inside door.
    package static let inside = APIDescription.inside("notification", "Notifications", [])
}

extension NotifyRequest {
    fileprivate static let schema = JSONSchema.named(
        "NotifyRequest",
        .oneOf([
            body(
                Notification.Kind.allCases.filter { $0 != .custom },
                .optional("message", text.orNull.described("Stands behind the text that the type has."))),
            body([.custom], .required("message", text)),
        ]))

    private static let text = Text.schema(limit: messageLimit)

    private static func body(_ kinds: [Notification.Kind], _ message: JSONSchema.Property) -> JSONSchema {
        .object([
            .required("order_id", .uuid.described("The order that it is about.")),
            .required("type", .choice(kinds.map(\.rawValue))),
            .required("recipient", .named("Recipient", recipient)),
            message,
        ])
    }

    /// At least one of the two.
    private static let recipient = JSONSchema.oneOf([
        .object([.required("email", Text.emailSchema), .optional("phone", Text.phoneSchema.orNull)]),
        .object([.optional("email", .null), .required("phone", Text.phoneSchema)]),
    ])

    fileprivate static let example = """
        {"order_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","type":"custom","recipient":{"email":"ada@example.com"},\
        "message":"Your laptop comes a day later."}
        """
}

extension Notification {
    fileprivate static let schema = JSONSchema.named(
        "Notification",
        .object([
            .required("notification_id", .uuid),
            .required("order_id", .uuid),
            .optional("event_id", .text().described("The event that it was made of; missing: somebody asked for it.")),
            .required("type", .choice(Kind.allCases.map(\.rawValue))),
            .required("channel", .choice(Channel.allCases.map(\.rawValue))),
            .required("recipient", .text().described("An e-mail address or a phone number.")),
            .required("subject", .text().described("Empty for an SMS.")),
            .required("body", .text()),
            .required(
                "status",
                .choice(Status.allCases.map(\.rawValue)).described(
                    "`noted`: of an event that was read again when nobody could know whether it was told before, or of a customer who was erased; not sent."
                )
            ),
            .required("attempts", .integer(0...Int64.max)),
            .required("created_at", .dateTime),
            .required("sent_at", .dateTime.orNull),
            .required(
                "repeat", .integer(0...Int64.max).described("1 and on for what somebody asked to be told again.")),
        ]))

    fileprivate static let example = """
        {"notification_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e42","order_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40",\
        "type":"custom","channel":"email","recipient":"ada@example.com","subject":"About your order",\
        "body":"Your laptop comes a day later.","status":"queued","attempts":0,\
        "created_at":"2026-01-31T09:30:00.000Z","sent_at":null,"repeat":0}
        """
}
