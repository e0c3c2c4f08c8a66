import Foundation
import HTTPClient
import Testing

@testable import Application

/// An audit from the console, beside running services.
extension ConsoleTests {
    @Test func anAuditIsRunAndItsReportShown() async throws {
        try await withConsole { _, visitor in
            #expect(try await visitor.send("POST", "/api/orders", Self.order).status == 201)
            #expect(try await visitor.send("POST", "/api/proofs", "{}").status == 202)
            let end = ContinuousClock.now + .seconds(120)
            var proofs: [[String: Any]] = []
            while proofs.isEmpty, ContinuousClock.now < end {
                let answer = try visitor.json(try await visitor.send("GET", "/api/proofs"))
                proofs = answer["proofs"] as? [[String: Any]] ?? []
                try await Task.sleep(for: .milliseconds(50))
            }
            let report = try #require(proofs.first?["report"] as? [String: Any])
            #expect(report["status"] as? String == "agrees")
            #expect((report["checks"] as? [[String: Any]])?.isEmpty == false)
        }
    }
}
