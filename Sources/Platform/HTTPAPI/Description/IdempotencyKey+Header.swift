package import Idempotency
internal import JSONSchema

extension IdempotencyKey {
    /// The field of a request, as an operation declares it that obeys it.
    package static let header = Operation.HeaderParameter(
        "Idempotency-Key",
        """
        A name of the caller's choice for this request, such as a UUID: \(KeySyntax.rule); `"K"` and `K` are one key. \
        Sent again with the same key within \(lifetime / 3_600) hours, the request changes nothing twice and gets the \
        first answer again, with `Idempotent-Replayed: true`. It is the same request when the same values are read from \
        it, whatever its white space or the order of its members; the order of an array counts.
        """, .text(1...512, pattern: KeySyntax.pattern), problems: [.invalidIdempotencyKey, .idempotencyKeyReused])

    /// The field of an answer that was given before.
    package static let replayed = Operation.Header(
        "Idempotent-Replayed", "The request was made before; this is its first answer.", .choice(["true"]))
}

extension ProblemType {
    package static let invalidIdempotencyKey = ProblemType(
        "invalid-idempotency-key", 400, "Invalid Idempotency-Key",
        meaning: """
            The header field `Idempotency-Key` is empty, too long, not ASCII, there several times, or begins with a quotation \
            mark and is no quoted string. Nothing was changed.
            """,
        advice: """
            Send it once, with \(KeySyntax.rule), or not at all. Within quotation marks, `\\"` and `\\\\` stand for `"` and `\\`; \
            parameters behind them are passed over. `"K"` and `K` are one key.
            """)

    package static let idempotencyKeyReused = ProblemType(
        "idempotency-key-reused", 422, "Idempotency-Key reused",
        meaning: """
            Another request, to another path or with other values in its body, was made with this `Idempotency-Key`. Nothing was \
            changed.
            """,
        advice: "Take a fresh key for each request, and the same one only to repeat it.")
}
