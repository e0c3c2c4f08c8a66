import HTTPAPI
import HTTPClient
import HTTPServer
import JSONSchema
import ServiceLife
import Telemetry

/// A service that the console asks.
package enum Neighbour: String, Sendable, Hashable, CaseIterable {
    case order, inventory, notification
}

/// The services as the console sees them: at their public doors, with the key of whoever looks.
struct Neighbours: Sendable {
    private let addresses: [Neighbour: ServiceAddress]
    private let http: HTTPClient
    /// Below `API.deadline`, so that who waits hears which service did not answer.
    private static let patience: Duration = .milliseconds(4_500)
    /// What a caller says that the service has to know.
    private static let passed = ["authorization", "content-type", "idempotency-key"]

    init(_ addresses: [Neighbour: ServiceAddress], http: HTTPClient) {
        self.addresses = addresses
        self.http = http
    }

    /// Asks in the name of `call`'s caller, whose key and trace go along; nothing else of the caller does, and no address.
    ///
    /// - Parameter path: with the query, if there is one
    /// - Throws: a problem where there is no answer; any status is one
    func ask(
        _ neighbour: Neighbour, _ method: String, _ path: String, body: [UInt8]? = nil, for call: Call
    ) async throws(Problem) -> HTTPClientResponse {
        guard let address = addresses[neighbour] else {
            throw .away(neighbour, "The console was not told where the \(neighbour.rawValue) service is.")
        }
        var headers = Self.passed.compactMap { name in call.request.headers[name].map { (name: name, value: $0) } }
        headers.append(("traceparent", call.trace.traceparent))
        if let state = call.trace.state { headers.append(("tracestate", state)) }
        do throws(HTTPClientError) {
            return try await http.send(
                HTTPClientRequest(
                    method: method, url: address.base + path, unixSocket: address.unixSocket, headers: headers,
                    body: body),
                deadline: .now + Self.patience)
        } catch {
            // Its message names the address, which is the operators'.
            guard method == "GET" || error.outcome == .notProcessed else {
                throw Problem(
                    .outcomeUnknown,
                    detail: """
                        The \(neighbour.rawValue) service did not say in time whether this was done. Look, before you ask for it \
                        again.
                        """)
            }
            throw .away(neighbour, "The \(neighbour.rawValue) service does not answer. Nothing was changed; try again.")
        }
    }
}

extension ProblemType {
    static let serviceAway = ProblemType(
        "service-away", 503, "Service away",
        meaning: """
            The service that the console asked for this does not answer. The console itself keeps nothing, so it can't show what \
            that service has. Nothing was changed.
            """,
        advice: """
            Try again after `Retry-After` seconds. `service` says which one; `orderlog status`, and the console's page *Now*, say how \
            it is.
            """,
        members: [.optional("service", .choice(Neighbour.allCases.map(\.rawValue)))])
}

extension Problem {
    fileprivate static func away(_ neighbour: Neighbour, _ detail: String) -> Problem {
        var problem = Problem.unavailable(.serviceAway, detail)
        problem.members = [("service", Array("\"\(neighbour.rawValue)\"".utf8))]
        return problem
    }
}
