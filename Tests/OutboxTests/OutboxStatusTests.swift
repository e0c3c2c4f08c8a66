import Causes
import EventLog
import ExactText
import Identifiers
import Telemetry
import TestTelemetry
import Testing
import Timestamps

@testable import Outbox

/// What the log says of an outbox: once for each thing, whatever comes meanwhile.
@Suite struct OutboxStatusTests {
    private func lines(_ body: (OutboxStatus) -> Void) throws -> [[String: Any]] {
        let log = try LogFile()
        body(OutboxStatus(Metrics(), away: AwayPartitions(), logger: log.logger(.info, .json)))
        return try log.objects()
    }

    @Test func whereAllAreRefusedThatIsSaidOnceAMinute() throws {
        let event = CloudEvent(
            id: .time(), type: "t", source: "/test", time: .now(), subject: "order", cause: .unknown, data: [])
        let now = ContinuousClock.now
        let lines = try lines { status in
            for second in 0..<90 {
                status.log((event: event, reason: "too large"), count: 2, at: now + .seconds(second))
            }
        }
        let messages = lines.compactMap { $0["message"] as? String }
        #expect(messages.count == 2)
        #expect(messages.first?.hasPrefix("the log refuses 2 events") == true)
        #expect(messages.last?.hasPrefix("the log refuses 120 events") == true)
    }

    @Test func aLogThatIsBackIsToldWithHowMuchHasWaited() throws {
        let lines = try lines { status in
            status.note(waiting: 9)
            for _ in 0..<3 { status.note(trouble: EventLogError(.unavailable, "away")) }
            status.note(waiting: 5)
            status.note(waiting: 7)
            status.note(trouble: nil, published: 2)
            status.note(trouble: nil, published: 3)
        }
        #expect(lines.compactMap { $0["level"] as? String } == ["warning", "info"])
        #expect(lines.last?["events"] as? Int == 7 && lines.last?["away_seconds"] is Double)
    }

    /// A database that is full can be read all the time.
    @Test func whileOneFailsWhatOthersReadIsNoNews() throws {
        let lines = try lines { status in
            for _ in 0..<3 {
                status.failed(.relay, "full")
                status.works(.retries)
                status.failed(.cleaning, "full")
            }
            #expect(status.complaint?.text == "it can't be read or marked")
            status.works(.relay)
            status.works(.cleaning)
            #expect(status.complaint == nil)
        }
        #expect(lines.compactMap { $0["level"] as? String } == ["warning", "info"])
    }
}
