import TestTelemetry
import Testing

@testable import Telemetry

/// What goes wrong again and again is told once a minute, with how often it did.
@Suite struct RecurringTests {
    private func lines(_ level: LogLevel = .info, _ body: (Recurring) -> Void) throws -> [[String: Any]] {
        let log = try LogFile()
        body(Recurring(log.logger(level, .json), .warning, "refused"))
        return try log.objects()
    }

    private let now = ContinuousClock.now

    @Test func theFirstIsToldAtOnceAndTheOthersByTheirNumber() throws {
        let lines = try lines { recurring in
            for second in 0..<130 {
                recurring.happened(error: "full", at: now + .seconds(second), ("id", "\(second)"))
            }
        }
        #expect(lines.map { $0["id"] as? String } == ["0", "60", "120"])
        #expect(lines.map { $0["count"] as? Int } == [nil, 60, 60])
        #expect(lines.allSatisfy { $0["message"] as? String == "refused" && $0["error"] as? String == "full" })
    }

    @Test func whatIsWrongForAnotherReasonIsToldToo() throws {
        let lines = try lines { recurring in
            for _ in 0..<3 {
                recurring.happened(error: "full", at: now)
                recurring.happened(2, error: "away", at: now)
            }
        }
        #expect(lines.map { $0["error"] as? String } == ["full", "away"])
        #expect(lines.map { $0["count"] as? Int } == [nil, 2])
    }

    @Test func aThousandReasonsDoNotFillTheLog() throws {
        let lines = try lines { recurring in
            for number in 0..<1_000 { recurring.happened(error: "reason \(number)", at: now) }
        }
        #expect(lines.count < 50)
    }

    @Test func eachIsForWhoLooksForAFault() throws {
        let lines = try lines(.debug) { recurring in
            for _ in 0..<3 { recurring.happened(error: "full", at: now) }
        }
        #expect(lines.map { $0["level"] as? String } == ["warning", "debug", "debug"])
    }
}
