import Pacing
import Telemetry

/// Has metrics tell of the messages that are not sent yet.
struct MessageNumbers: Sendable {
    private let messages: any MessageStanding

    init(_ messages: any MessageStanding) { self.messages = messages }

    func tell(_ metrics: Metrics, by survey: Survey) {
        let unsent = survey.follow(from: UnsentMessages()) { [messages] in try await messages.unsent() }
        metrics.gauge("orderlog_messages", "Messages to customers that are not sent yet.", labels: ["state"]) {
            let unsent = unsent.now
            return [(["queued"], Double(unsent.queued)), (["retrying"], Double(unsent.retrying))]
        }
        metrics.gauge("orderlog_messages_oldest_age", "How long the first of them has waited.", unit: "seconds") {
            unsent.age(\.oldest)
        }
    }
}
