import TestTelemetry
import Testing

@testable import Telemetry

/// What is away has a line when it goes and one when it is back, however often it is asked meanwhile.
@Suite struct OutageTests {
    private func lines(
        _ level: LogLevel, quiet: Duration = .zero, _ body: (Outage) -> Void
    ) throws -> [[String: Any]] {
        let log = try LogFile()
        body(Outage(log.logger(level, .json), gone: "gone", back: "back", quiet: quiet))
        return try log.objects()
    }

    @Test func itIsToldTwice() throws {
        let lines = try lines(.info) { outage in
            outage.works()
            for number in 0..<100 { outage.failed("no answer \(number)", ("orders", "3")) }
            for _ in 0..<3 { outage.works() }
            outage.failed("once more")
        }
        #expect(lines.map { $0["message"] as? String } == ["gone", "back", "gone"])
        #expect(lines.map { $0["level"] as? String } == ["warning", "info", "warning"])
        #expect(lines.map { $0["error"] as? String } == ["no answer 0", nil, "once more"])
        #expect(lines[0]["orders"] as? Int == 3 && lines[1]["away_seconds"] is Double)
    }

    /// As where one of two replicas that are asked in turn has stopped.
    @Test func whatComesAndGoesIsNotToldEachTime() throws {
        let lines = try lines(.info, quiet: .seconds(600)) { outage in
            for _ in 0..<100 {
                outage.failed("no answer")
                outage.works()
            }
        }
        #expect(lines.map { $0["message"] as? String } == ["gone", "back"])
    }

    @Test func eachTryIsForWhoLooksForAFault() throws {
        let lines = try lines(.debug) { outage in for _ in 0..<3 { outage.failed("no answer") } }
        #expect(lines.map { $0["level"] as? String } == ["warning", "debug", "debug"])
    }
}
