package import HTTPAPI
import HTTPServer
import JSON
package import Telemetry
import Timestamps

/// `/health`, `/health/live` and `/health/ready` of a service. On the street `/health` says no more than how it is: what is wrong
/// names hosts and files, which is for the inside.
package struct Health: Sendable {
    private let service: String
    let checks: [HealthCheck]
    private let lifeCycle: LifeCycle
    private let logger: Logger

    /// - Parameter logger: whose last error is told
    package init(service: String, checks: [HealthCheck], lifeCycle: LifeCycle, logger: Logger = .silent) {
        self.logger = logger
        self.service = service
        self.checks = checks
        self.lifeCycle = lifeCycle
    }

    package func addRoutes(to street: inout API, inside: inout API) {
        addRoutes(to: &street, inDetail: false)
        addRoutes(to: &inside, inDetail: true)
    }

    private func addRoutes(to api: inout API, inDetail: Bool) {
        api.on(inDetail ? HealthOperations.healthInside : HealthOperations.health) { _ in
            await report(inDetail: inDetail)
        }
        api.on(HealthOperations.live) { _ in
            var json = JSONWriter()
            json.object { $0.field("status", "live") }
            return .json(json.finish())
        }
        api.on(HealthOperations.ready) { _ in
            if lifeCycle.isStopping { throw Problem.unavailable(.stopping, "The service is stopping.") }
            for check in checks where check.isNeeded {
                if let complaint = await check.complaint() {
                    // What is needed complains in words for everybody.
                    throw Problem.unavailable(.notReady, "The service's \(check.name) \(complaint.text).")
                }
            }
            var json = JSONWriter()
            json.object { $0.field("status", "ready") }
            return .json(json.finish())
        }
    }

    private func report(inDetail: Bool) async -> HTTPResponse {
        let complaints = await withTaskGroup(of: (Int, Complaint?).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await check.complaint()) }
            }
            return await group.reduce(into: [Int: Complaint]()) { $0[$1.0] = $1.1 }
        }
        var json = JSONWriter()
        json.object { json in
            json.field("status", complaints.isEmpty ? "healthy" : "degraded")
            json.field("service", service)
            guard inDetail else { return }
            json.key("checks")
            json.object { json in
                for (index, check) in checks.enumerated() {
                    json.key(string: check.name)
                    json.object { json in
                        json.field("status", complaints[index] == nil ? "up" : "down")
                        if let complaint = complaints[index] {
                            json.field("detail", complaint.text)
                            json.field("since", complaint.since.rfc3339)
                        }
                    }
                }
            }
            guard let last = logger.lastTrouble else { return }
            json.key("last_error")
            json.object { json in
                json.field("time", last.time.rfc3339)
                json.field("level", last.level.rawValue)
                json.field("message", last.message)
                if let error = last.error { json.field("error", error) }
            }
        }
        return .json(json.finish())
    }
}
