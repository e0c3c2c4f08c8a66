import Identifiers
import Telemetry
import Timestamps

/// What metrics tell of messages that are sent, or given up.
struct DeliveryFigures: Sendable {
    /// Messages that a sender is handed at once.
    let sizes: Histogram.Series
    private let outcomes: [Notification.Channel: (sent: Counter.Series, failed: Counter.Series)]
    private let failures: [Notification.Channel: Counter.Series]
    private let uncertain: [Notification.Channel: Counter.Series]
    private let told: Histogram.Series

    init(_ metrics: Metrics) {
        sizes = metrics.batchSizes("send")
        let notifications = metrics.counter(
            "orderlog_notifications", "Notifications by what became of them.", labels: ["channel", "status"])
        let failed = metrics.counter("orderlog_messages_failed", "Messages that were given up.", labels: ["channel"])
        let uncertain = metrics.counter(
            "orderlog_messages_uncertain", "Messages that went out and got no answer: they go out again.",
            labels: ["channel"])
        let channels = Notification.Channel.allCases
        outcomes = Dictionary(
            uniqueKeysWithValues: channels.map {
                ($0, (notifications.series($0.rawValue, "sent"), notifications.series($0.rawValue, "failed")))
            })
        failures = Dictionary(uniqueKeysWithValues: channels.map { ($0, failed.series($0.rawValue)) })
        self.uncertain = Dictionary(uniqueKeysWithValues: channels.map { ($0, uncertain.series($0.rawValue)) })
        // The bound of the objective is among them: 10 s.
        told = metrics.histogram(
            "orderlog_order_told", "From an order's confirmation to a message about it, taken by its sender.",
            unit: "seconds", buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600]
        ).series()
    }

    func sent(_ notification: Notification, at now: Timestamp) {
        outcomes[notification.channel]?.sent.add()
        // What is told again on somebody's wish, and what nobody can date, says nothing of how long customers wait.
        guard notification.kind == .orderConfirmed, notification.repeatNumber == 0, let event = notification.eventID,
            event.isOfTime
        else { return }
        told.observe(max(now.seconds(since: Timestamp(milliseconds: event.timeInMilliseconds)), 0))
    }

    func failed(_ notification: Notification) {
        outcomes[notification.channel]?.failed.add()
        failures[notification.channel]?.add()
    }

    func uncertain(_ notification: Notification) { uncertain[notification.channel]?.add() }
}
