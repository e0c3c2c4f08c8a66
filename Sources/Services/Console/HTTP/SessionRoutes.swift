import HTTPAPI
import HTTPServer
import JSON

/// Answers who signs in, and out.
struct SessionRoutes: Sendable {
    let sessions: Sessions
    /// nil: nobody is asked for a key.
    let keys: (any KeyRing)?

    func add(to api: inout API) {
        api.on(SessionOperations.get) { call in
            let cookie = SessionCookie.value(in: call.request.headers)
            let session = cookie.flatMap { sessions.find($0) }
            let known = session.flatMap(owner)
            // One whose key is good no longer would ask for a proof that nobody is told.
            if let cookie, known == nil { sessions.end(cookie) }
            return .json(json(session, known))
        }
        api.on(SessionOperations.begin) { call in
            let key: String = try call.json { json in
                var key: String?
                let isObject = try json.object { name, json in
                    if case "key" = name { key = try json.string() } else { try json.skip() }
                }
                if let key, !(1...200).contains(key.unicodeScalars.count) {
                    json.note("must have 1 to 200 characters", member: "key")
                }
                return isObject ? json.require(key, "key") : nil
            }
            guard let keys else { return .json(json(nil, nil)) }
            // Refused as a request would be that shows it.
            var caller: Caller?
            try keys.check(
                HTTPHeaders([("authorization", "Bearer \(key)")]), for: .keys(Scope.allCases), from: &caller
            )
            if let old = SessionCookie.value(in: call.request.headers) { sessions.end(old) }
            let (cookie, session) = sessions.begin(key: key)
            return .json(
                json(session, owner(session)), headers: [SessionCookie.field(cookie, for: call.request.headers)])
        }
        api.on(SessionOperations.end) { call in
            if let cookie = SessionCookie.value(in: call.request.headers) { sessions.end(cookie) }
            return .json(json(nil, nil), headers: [SessionCookie.field(nil, for: call.request.headers)])
        }
    }

    /// nil: its key is good no longer.
    private func owner(_ session: Sessions.Session) -> (name: String, scopes: [Scope])? {
        guard case .valid(let caller, let scopes)? = keys?.find(session.key) else { return nil }
        return (caller.name, scopes)
    }

    private func json(_ session: Sessions.Session?, _ known: (name: String, scopes: [Scope])?) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("asked", keys != nil)
            json.field("signed_in", known != nil)
            json.field("name", known?.name)
            json.key("scopes")
            json.array { json in for scope in known?.scopes ?? [] { json.string(scope.rawValue) } }
            json.field("csrf", known == nil ? nil : session?.proof)
        }
        return json.finish()
    }
}
