import HTTPAPI
import JSONSchema

/// What comes on the log, as it comes.
enum EventOperations {
    private static let tag = Operation.Tag("events", "What comes on the log, as it comes.")

    static let topic = QueryParameter("topic", .text(limit: 249), description: "Of this topic alone.")
    static let key = QueryParameter(
        "key", .text(limit: 500), description: "Of this key alone: an order's id, or a product's.")
    static let type = QueryParameter(
        "type", .text(limit: 500),
        description: "Events of this type alone: OrderConfirmed, or any `ce_type` in full.")

    private static let lastEventID = Operation.HeaderParameter(
        "Last-Event-ID",
        "The `id` of the last event that came: it goes on behind it, and nothing is lost in between.",
        .text(1...4_000), problems: [])

    static let watch = Operation(
        .get, "/events", id: "watchEvents", tag: tag, access: .keys([.read]), summary: "Watch the log",
        description: """
            Server-sent events, for a browser's EventSource and for `curl -N`: an event `record` for each record that comes on the \
            shop's topics and its dead-letter topics, as a page of the log has it, until the caller goes. An event `log` says that the log \
            is `away`, and that it is `back`. Who takes them too slowly is cut off, and loses nothing: its next request says \
            `Last-Event-ID`, as browsers do by themselves.
            """,
        query: [topic, key, type], headers: [lastEventID],
        answers: [
            Operation.Answer(
                "What comes.",
                .text(
                    "text/event-stream",
                    example: "id: orders:17.5.3\nevent: record\ndata: {\"position\":\"orders/0:16\"}\n\n"))
        ], problems: [.logAway, .tooManyWatchers], needsDatabase: false)

    static let all = [watch]
}

extension ProblemType {
    static let tooManyWatchers = ProblemType(
        "too-many-watchers", 503, "Too many watchers",
        meaning: "\(EventFeed.most) watch the log by this console already.",
        advice: "Try again after `Retry-After` seconds, or ask for pages of the log now and then.")
}
