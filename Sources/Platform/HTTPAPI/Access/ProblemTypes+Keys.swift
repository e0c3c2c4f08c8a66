/// What is told to those who are not let in.
extension ProblemType {
    package static let keyRequired = ProblemType(
        "key-required", 401, "Key required",
        meaning: """
            The service asks its callers for a key, and the request shows none that is good: none at all, one that is not \
            known, was revoked or has expired, or more than one. Nothing was changed, and nothing of the request was looked at.
            """,
        advice: """
            Send the key as `Authorization: Bearer ol_…`. Operators make one with `orderlog keys create`; a change of theirs \
            is known to the service within five seconds.
            """)

    package static let insufficientScope = ProblemType(
        "insufficient-scope", 403, "Insufficient scope",
        meaning: """
            The key is good, but not for this. `place` is for placing orders and reading one by its id, `operate` for \
            everything else that changes something, `read` for all that changes nothing. Nothing was changed, and nothing \
            else of the request was looked at.
            """,
        advice: "Show a key that has the scope which `detail` names. One key may have several.")
}

extension Problem {
    /// RFC 6750, 3: `error` stands there only where a key was shown.
    static func keyRequired(_ detail: String, wasShown: Bool) -> Problem {
        var problem = Problem(.keyRequired, detail: detail)
        let error = wasShown ? #", error="invalid_token""# : ""
        problem.headers = [("www-authenticate", #"Bearer realm="orderlog""# + error)]
        return problem
    }

    static func insufficientScope(_ access: Access) -> Problem {
        let wanted = access.scopes.map(\.rawValue)
        let detail =
            wanted.isEmpty
            ? "This is for the services and their operators, at the inside door."
            : "This wants a key with the scope \(wanted.joined(separator: " or "))."
        var problem = Problem(.insufficientScope, detail: detail)
        problem.headers = [("www-authenticate", #"Bearer realm="orderlog", error="insufficient_scope""#)]
        return problem
    }
}

extension Access {
    /// Those of which a key must have one.
    package var scopes: [Scope] {
        if case .keys(let scopes) = self { scopes } else { [] }
    }
}
