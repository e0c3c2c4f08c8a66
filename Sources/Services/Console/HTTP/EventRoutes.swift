import HTTPAPI
import HTTPServer

/// Answers who watches.
struct EventRoutes: Sendable {
    let sessions: Sessions
    /// nil: nobody is asked for a key.
    let keys: (any KeyRing)?
    let feed: EventFeed
    /// Those that can be watched.
    let topics: [String]

    /// Whether what was shown when it began is still good.
    private func isWelcome(_ headers: HTTPHeaders) -> @Sendable () -> Bool {
        let cookie = SessionCookie.value(in: headers)
        let key = headers["authorization"].flatMap(Bearer.token(in:)).map(String.init)
        return { [sessions, keys] in
            guard let keys, let key else { return keys == nil }
            guard case .valid(_, let scopes) = keys.find(key), scopes.contains(.read) else { return false }
            return cookie.map { sessions.find($0)?.key == key } ?? true
        }
    }

    func add(to api: inout API) {
        api.on(EventOperations.watch) { call in
            let query = call.query
            let topic = query[EventOperations.topic]
            if let topic, !topics.contains(topic) { throw Problem.notFound("such topic to watch") }
            // What is no id of ours was another console's, or is none: then it begins with what comes.
            let after = call.request.headers["last-event-id"].flatMap { FeedPlaces($0) }
            let stream = try await feed.join(
                key: query[EventOperations.key], type: query[EventOperations.type],
                topics: topic.map { [$0] } ?? topics,
                after: after, isWelcome: isWelcome(call.request.headers))
            guard let stream else {
                throw Problem.unavailable(
                    .tooManyWatchers,
                    "\(EventFeed.most) watch the log already. Nothing is lost: pages of it can be asked for.",
                    retryAfter: 5)
            }
            var response = HTTPResponse(status: 200, headers: [("content-type", "text/event-stream")])
            // Proxies that gather an answer before they pass it on would hold it for ever.
            response.headers += [("x-accel-buffering", "no"), ("cache-control", "no-store")]
            response.stream = stream
            return response
        }
    }
}
