extension Operation {
    /// Every problem with a type that it can be answered with: its own, and what `API`, `RequestRules` and the reading of
    /// its parameters and body have for it.
    package var allProblems: [ProblemType] {
        var all: [ProblemType] = [.foreignHost, .foreignPage, .conditionsUnknown, .contentEncoding, .invalidFields]
        if case .keys = access { all += [.keyRequired, .insufficientScope] }
        all.append(.tooManyWaiting)
        if access != .inside { all.append(.tooManyRequests) }
        // The gateway's; it asks again itself for what a GET wants, and then gives up as well.
        all += [.noReplica, .outcomeUnknown]
        if method != .get { all.append(.partialBody) }
        if body != nil { all.append(.notJSON) }
        if needsDatabase { all.append(.databaseUnavailable) }
        for type in headers.flatMap(\.problems) + problems where !all.contains(type) { all.append(type) }
        return all
    }

    /// Statuses that are answered with a problem of the type `about:blank`, which the HTTP server or the service's rules
    /// have for any request.
    package var blankProblems: [Int] { [400, 408, 413, 414, 415, 417, 431, 500, 501, 505] }
}
