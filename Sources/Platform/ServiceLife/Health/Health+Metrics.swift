package import Pacing
package import Telemetry

extension Health {
    /// What the check of the log is called: of the embedded one, or of Kafka.
    private static let log: Set = ["log", "kafka"]

    /// Has its checks asked every few seconds, also where nobody asks for them, and metrics tell which complain.
    package func tell(_ metrics: Metrics, by survey: Survey) {
        let complaints = checks.map { check in
            (check.name, survey.follow(from: false, isShared: false) { await check.complaint() != nil })
        }
        metrics.gauge(
            "orderlog_check_failed", "Whether what the service needs, or works with, is in trouble.", labels: ["check"]
        ) { complaints.map { ([$0.0], $0.1.now ? 1 : 0) } }
        let log = complaints.first { Self.log.contains($0.0) }?.1
        metrics.gauge("orderlog_log_up", "Whether the log answers.") { log.map { $0.now ? 0 : 1 } }
    }
}
