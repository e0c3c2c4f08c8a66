internal import Crypto
internal import HTTPAPI
internal import HTTPServer
internal import Synchronization
internal import Telemetry

/// The tokens of inside doors that strangers may connect to: the first is shown with each call to another service, and
/// all of them are taken at one's own door, so that one can follow another while requests go on.
package final class InsideTokens: Sendable {
    private let tokens: Mutex<[String]>
    /// Where they come from, for those who have to mend them.
    package let source: String

    /// At least one.
    package init(_ tokens: [String], from source: String) {
        precondition(!tokens.isEmpty, "a door with tokens has one at least")
        self.tokens = Mutex(tokens)
        self.source = source
    }

    /// A new one, of 256 bits.
    static func made(from source: String) -> InsideTokens {
        InsideTokens([Base64URL.text(RandomBytes.make(32))], from: source)
    }

    func replace(by tokens: [String]) { self.tokens.withLock { $0 = tokens } }

    /// What is shown.
    package var first: String { tokens.withLock { $0[0] } }

    /// Compares with each, so that the time does not tell which it was.
    func take(_ shown: String) -> Bool {
        let bytes = Array(shown.utf8)
        return tokens.withLock { $0 }.reduce(false) { isTaken, token in
            SecretBytes.areEqual(bytes, Array(token.utf8)) || isTaken
        }
    }
}

extension InsideTokens: Hashable {
    package static func == (one: InsideTokens, other: InsideTokens) -> Bool { one === other }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension InsideTokens {
    /// What says whether a process lives and is ready: for those who start and stop it, and have no token.
    private static let open: Set<String> = [HealthOperations.live.pattern, HealthOperations.ready.pattern]

    /// What tells how a service is, and no more: also for who watches it with a key of the scope `read`, as Prometheus does.
    private static let watched: Set<String> = [HealthOperations.health.pattern, MetricsOperation.metrics.pattern]

    /// What the door's server asks of each request.
    func refuses(but keys: (any KeyRing)?) -> HTTPServer.Refuses { { self.refuse($0, but: keys) } }

    /// Refuses requests without a token, whatever they ask for, so that nobody learns what is here.
    private func refuse(_ request: HTTPArrivingRequest, but keys: (any KeyRing)?) -> HTTPResponse? {
        if let route = request.route, Self.open.contains(route) { return nil }
        let shown = request.headers.all("authorization")
        if shown.count == 1, let token = Self.bearer(shown[0]) {
            if take(token) { return nil }
            if let keys, let route = request.route, Self.watched.contains(route),
                case .valid(_, let scopes) = keys.find(token), scopes.contains(.read)
            {
                return nil
            }
        }
        let trace = TraceContext.of(request.headers).traceID
        return Problem.tokenMissing(source, wasShown: !shown.isEmpty).response(trace: trace)
    }

    /// What stands behind `Bearer` (RFC 6750, 2.1) and one space: who has a token writes it as we say. The scheme's case does not
    /// matter.
    private static func bearer(_ value: String) -> String? {
        let scheme = "bearer "
        guard value.utf8.count <= 1_024, value.prefix(scheme.count).lowercased() == scheme else { return nil }
        return String(value.dropFirst(scheme.count))
    }
}

extension Problem {
    /// 401: this door is for those who can read the tokens' file.
    static func tokenMissing(_ source: String, wasShown: Bool) -> Problem {
        var problem = Problem(
            401,
            detail: wasShown
                ? "This door does not take the token that was shown: it wants one that is in \(source)."
                : "This door wants a token that is in \(source), as Authorization: Bearer TOKEN.")
        // RFC 6750, 3: no error where nothing was shown.
        problem.headers = [
            ("www-authenticate", #"Bearer realm="orderlog inside""# + (wasShown ? #", error="invalid_token""# : ""))
        ]
        return problem
    }
}
