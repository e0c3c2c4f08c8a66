internal import HTTPAPI
internal import HTTPServer
internal import Telemetry

/// Refuses long bodies of those who show no good key, before they come. A body is held from its first byte until its request is
/// answered, and what is held at one time is bounded: strangers who send theirs slowly would have those with a key refused.
///
/// Short bodies are not asked about: what one address has connections for fills no more than half of what may be held.
struct StrangersBodies: Sendable {
    /// Bytes of a body that is short.
    private static let short = 16 << 10

    let keys: any KeyRing
    /// The patterns of what the inside door has, and what everybody is told there.
    let moved: Set<String>
    let elsewhere: Problem

    func refuse(_ request: HTTPArrivingRequest) -> HTTPResponse? {
        guard let route = request.route, Self.isLong(request.headers) else { return nil }
        do throws(Problem) {
            if moved.contains(route) { throw elsewhere }
            var caller: Caller?
            try keys.check(request.headers, for: .keys(Scope.allCases), from: &caller)
            return nil
        } catch {
            return error.response(trace: TraceContext.of(request.headers).traceID)
        }
    }

    /// Also where its length is not said beforehand.
    private static func isLong(_ headers: HTTPHeaders) -> Bool {
        if headers["transfer-encoding"] != nil { return true }
        return headers["content-length"].map { (Int($0) ?? .max) > short } ?? false
    }
}
