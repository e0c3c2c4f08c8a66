import HTTPAPI
import JSONSchema
import LogTools

/// What the console is asked about dead letters.
enum LetterOperations {
    private static let tag = Operation.Tag(
        "dead-letters", "Records that a group could not handle: why, and back to it after a fix.")

    static let topic = QueryParameter("topic", .text(limit: 249), description: "Only those on this topic.")
    static let error = QueryParameter("error", .text(limit: 500), description: "Only those whose error has this in it.")
    static let ended = QueryParameter(
        "ended", .choice(["true", "false"]), default: "false",
        description: "Those that were redriven or discarded, too.")
    static let limit = QueryParameter(
        "limit", .number(LettersAnswer.limits), default: "100", description: "Letters that are told at the most.")

    static let list = Operation(
        .get, "/api/dead-letters", id: "listDeadLetters", tag: tag, access: .keys([.read]),
        summary: "List dead letters",
        description: "The newest first, of all dead-letter topics. The record in full is at its place on the log.",
        query: [topic, error, ended, limit],
        answers: [Operation.Answer("The letters.", .json(LettersAnswer.schema, example: LettersAnswer.example))],
        problems: [.logAway], needsDatabase: false)

    private static let places = JSONSchema.array(of: LettersAnswer.place, 1...LetterChange.mostPlaces)

    private static func change(
        _ verb: String, _ id: String, _ summary: String, _ description: String,
        _ members: [JSONSchema.Property] = [], example: String
    ) -> Operation {
        Operation(
            .post, "/api/dead-letters/\(verb)", id: id, tag: tag, access: .keys([.operate]), summary: summary,
            description: """
                \(description) Either `places` says which, or `all` that wait, and are on `topic` and have `error` in theirs where these \
                are given. A request does as many as it has time for: `left` says how many it did not, and the same one goes on with them.
                """,
            body: Operation.Body(
                "Which letters.",
                .object(
                    [
                        .optional("places", places.described("Where they stand.")),
                        .optional("all", .boolean.described("All that wait, and are selected.")),
                        .optional("topic", .text(1...249).described("Among all: those on this topic.")),
                        .optional("error", .text(1...500).described("Among all: those whose error has this in it.")),
                        .optional("dry_run", .boolean.described("Say what would be done, and do nothing.")),
                    ] + members), example: example),
            answers: [Operation.Answer("What was done.", .json(LetterChange.schema, example: LetterChange.example))],
            problems: [.logAway, .outcomeUnknown], needsDatabase: false)
    }

    static let redrive = change(
        "redrive", "redriveDeadLetters", "Redrive dead letters",
        """
        Sends records back to the group that could not handle them, under the same `ce_id` and for that group alone, as `orderlog dlq \
        redrive` does. What fails again comes back with its tries counted.
        """, example: #"{"places":["orders.notification-service.dlq/0:3"],"dry_run":true}"#)

    static let discard = change(
        "discard", "discardDeadLetters", "Discard dead letters",
        """
        Leaves records where they are for good, with your reason beside them, as `orderlog dlq discard` does. No alert tells of them any \
        more.
        """,
        [
            .required(
                "why",
                .text(1...DeadLetters.reasons.upperBound).described(
                    "The reason, for whoever asks later; \(DeadLetters.reasons.upperBound) bytes at most."))
        ], example: #"{"places":["orders.notification-service.dlq/0:3"],"why":"a test of the new shop"}"#)

    static let all = [list, redrive, discard]
}
