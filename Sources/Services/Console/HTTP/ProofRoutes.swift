import HTTPAPI
import HTTPServer

/// Answers what is asked about audits.
struct ProofRoutes: Sendable {
    let desk: ProofDesk

    func add(to api: inout API) {
        api.on(ProofOperations.list) { _ in .json(desk.json()) }
        api.on(ProofOperations.begin) { _ in
            _ = try desk.begin()
            return .json(desk.json(), status: 202)
        }
    }
}
