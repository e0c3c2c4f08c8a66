import HTTPAPI
import JSONSchema

/// Signing in, in a browser.
enum SessionOperations {
    private static let tag = Operation.Tag(
        "session", "Signing in with a key, for a browser. Programs show their key with each request.")

    private static let schema = JSONSchema.named(
        "Session",
        .object([
            .required("asked", .boolean.described("Whether anybody is asked for a key here.")),
            .required("signed_in", .boolean),
            .required("name", .text().orNull.described("The name of the key that was signed in with.")),
            .required(
                "scopes",
                .array(of: .choice(Scope.allCases.map(\.rawValue))).described("What it is good for.")),
            .required("csrf", .text().orNull.described("What each change shows as `X-CSRF-Token`.")),
        ]))
    private static let answer = Operation.Answer(
        "The session.",
        .json(
            schema,
            example:
                #"{"asked":true,"signed_in":true,"name":"warehouse","scopes":["read"],"csrf":"5f3a…"}"#))

    static let get = Operation(
        .get, "/api/session", id: "getSession", tag: tag, access: .open,
        summary: "See who is signed in",
        description: "By the cookie that signing in has set.", answers: [answer], needsDatabase: false)

    static let begin = Operation(
        .post, "/api/session", id: "signIn", tag: tag, access: .open, summary: "Sign in with a key",
        description: """
            Sets a cookie that no script sees (`HttpOnly`, `SameSite=Strict`, over TLS `Secure`), for twelve hours. What is asked with it \
            may do what the key may, and is over when the key is.
            """,
        body: Operation.Body(
            "The key.",
            .object([.required("key", .text(1...200).described("As `orderlog keys create` shows it."))]),
            example: #"{"key":"ol_…"}"#),
        answers: [answer], problems: [.keyRequired], needsDatabase: false)

    static let end = Operation(
        .post, "/api/session/end", id: "signOut", tag: tag, access: .open, summary: "Sign out",
        description: "The session is over, and the cookie is taken away.", answers: [answer],
        problems: [.sessionUnproven], needsDatabase: false)

    static let all = [get, begin, end]
}
