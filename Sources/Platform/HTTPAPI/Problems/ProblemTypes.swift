internal import JSONSchema

/// The problems that every service can have.
extension ProblemType {
    package static let invalidFields = ProblemType(
        "invalid-fields", 422, "Invalid fields",
        meaning: """
            The body is JSON, or the query is well formed, but fields of it are missing, unknown or not as they have to be. \
            Nothing was changed.
            """,
        advice: """
            `errors` names each field and says what it must be. Mend them all, and send the request again; the same \
            `Idempotency-Key` will do.
            """)

    package static let notFound = ProblemType(
        "not-found", 404, "Not Found",
        meaning: "The path is one that the service has, but there is nothing under this id.",
        advice: "Look whether the id is right. What was made a moment ago is found at once by its own service.")

    package static let notJSON = ProblemType(
        "not-json", 400, "Not JSON",
        meaning: "The body is no JSON (RFC 8259), or names one member of an object twice. Nothing was changed.",
        advice: "`detail` says at which byte of the body reading ended. Send JSON in UTF-8.")

    package static let foreignHost = ProblemType(
        "foreign-host", 421, "Misdirected Request",
        meaning: """
            The request's `Host` is a name that the service, or the gateway, does not answer to. A service on the loopback \
            answers to the loopback's names alone, so that no page of a web site can reach it under a name of its own.
            """,
        advice: """
            Call it by `localhost` or `127.0.0.1`. `--host` makes a service listen elsewhere and answer to every name; the \
            gateway knows the names in `GATEWAY_NAMES`.
            """)

    package static let foreignPage = ProblemType(
        "foreign-page", 403, "Forbidden",
        meaning: "A browser sent the request for a page of another site. Nothing was changed.",
        advice: "Send it from a page of the same origin, or from a server.")

    package static let contentEncoding = ProblemType(
        "content-encoding", 415, "Unsupported Content-Encoding",
        meaning:
            "The body came compressed, or encoded in another way that `Content-Encoding` names. Nothing was changed.",
        advice:
            "Send it as it is, without `Content-Encoding`. Answers are compressed for those who ask by `Accept-Encoding`."
    )

    package static let conditionsUnknown = ProblemType(
        "conditions-unknown", 412, "Precondition Failed",
        meaning: """
            The request has a condition (`If-Match`, `If-Unmodified-Since` or the like), and no answer of the service has an \
            ETag or a Last-Modified that it could be held against. Nothing was changed.
            """,
        advice: "Send it without the condition.")

    package static let partialBody = ProblemType(
        "partial-body", 400, "Partial body",
        meaning: "`Content-Range` says that the body is a part of something. Nothing was changed.",
        advice: "Send the whole body, without `Content-Range`.")

    package static let tooManyWaiting = ProblemType(
        "too-many-waiting", 503, "Too many requests are waiting",
        meaning:
            "More requests wait for the service, or are being read by it, than may at one time. Nothing was changed.",
        advice: "Try again after `Retry-After` seconds, and slow down when it happens again.")

    package static let tooManyRequests = ProblemType(
        "too-many-requests", 429, "Too many requests",
        meaning: """
            One client, by its key or its address, sends more requests a second than the service, or the gateway, takes of \
            one. Others are not affected. Nothing was changed.
            """,
        advice: "Try again after `Retry-After` seconds, and send less in a second.")

    package static let databaseUnavailable = ProblemType(
        "database-unavailable", 503, "Database unavailable",
        meaning:
            "The service's own database takes nothing now: it is away, full, busy or too slow. Nothing was changed.",
        advice: """
            Try again after `Retry-After` seconds. `reason` says what is the matter with the database; its operators find \
            more in the service's log and in `/health` at its inside door.
            """,
        members: [
            .optional("reason", .text().described("What is the matter with the database.").example("is full"))
        ])

    package static let outcomeUnknown = ProblemType(
        "outcome-unknown", 503, "Outcome unknown",
        meaning: """
            It was begun, and whether it was done is not known: the service's database did not say in time, or a replica \
            broke off (the gateway says 502) or did not answer the gateway in time (504).
            """,
        advice: """
            Look whether it was done before you ask for it again. A request with an `Idempotency-Key` can be sent again \
            with the same key safely.
            """, alsoWith: [502, 504])

    /// What the gateway alone says.
    package static let noReplica = ProblemType(
        "no-replica", 503, "No replica is ready",
        meaning: "The gateway has no replica of the service that is ready. Nothing was done.",
        advice: "Try again after `Retry-After` seconds; where it stays, its operators look at the services' `/health`.")

    package static let insideDoor = ProblemType(
        "inside-door", 404, "Answered inside alone",
        meaning: "This is for the services and their operators, and is answered at the service's inside door alone.",
        advice: """
            Ask there: at the Unix socket `NAME.sock` in the data folder of `orderlog up`, at the port that \
            `--internal-port` names elsewhere.
            """,
        members: [
            .optional(
                "inside_port",
                .integer(1...65_535).described("The inside door's port, where it is on this machine's loopback."))
        ])

    package static let notReady = ProblemType(
        "not-ready", 503, "Not ready",
        meaning:
            "The service can't commit to its own database now. Requests that change nothing may still be answered.",
        advice: "Send requests elsewhere until it is ready; `/health` at its inside door says more.")

    package static let stopping = ProblemType(
        "stopping", 503, "Stopping",
        meaning: "The service was told to stop. What it has taken it finishes.",
        advice: "Send requests elsewhere.")
}
