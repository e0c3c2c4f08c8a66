import EventLog
import Foundation
import HTTPAPI
import Telemetry
import Testing

@testable import Console

/// Audits that are asked for by the console.
@Suite struct ProofDeskTests {
    private static func told(_ desk: ProofDesk) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(desk.json())) as? [String: Any])
    }

    private static func eventually(_ desk: ProofDesk, _ isSo: ([String: Any]) -> Bool) async throws
        -> [String: Any]
    {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let told = try told(desk)
            if isSo(told) || ContinuousClock.now > end { return told }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func oneRunsAtATimeAndTellsHowFarItIs() async throws {
        let isOpen = Flag()
        let runs = Counter()
        let desk = ProofDesk(
            { tell in
                _ = runs.next()
                tell("reading", 3, 10)
                while !isOpen.isUp { try await Task.sleep(for: .milliseconds(5)) }
                return Array(#"{"status":"agrees"}"#.utf8)
            }, logger: .silent)
        #expect(try desk.begin() && !desk.begin())
        let running = try await Self.eventually(desk) {
            ($0["running"] as? [String: Any])?["done"] as? Int == 3
        }
        #expect((running["running"] as? [String: Any])?["stage"] as? String == "reading")
        isOpen.raise()
        let ended = try await Self.eventually(desk) { ($0["proofs"] as? [Any])?.count == 1 }
        #expect(ended["running"] is NSNull && runs.value == 1)
        #expect(try desk.begin())
        await desk.close()
    }

    @Test func oneThatFailsCouldNotTell() async throws {
        let desk = ProofDesk({ _ in throw EventLogError(.unavailable, "away") }, logger: .silent)
        #expect(try desk.begin())
        let ended = try await Self.eventually(desk) { ($0["proofs"] as? [Any])?.count == 1 }
        let proofs = try #require(ended["proofs"] as? [[String: Any]])
        #expect(proofs[0]["report"] is NSNull)
    }

    @Test func withoutDatabasesThereIsNone() throws {
        let desk = ProofDesk(nil, logger: .silent)
        #expect(throws: Problem.self) { try desk.begin() }
        #expect(try Self.told(desk)["possible"] as? Bool == false)
    }
}
