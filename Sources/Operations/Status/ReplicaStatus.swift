/// What one process of a service says of itself.
package struct ReplicaStatus: Sendable {
    /// One of the things that the service needs, in trouble.
    package struct Trouble: Sendable, Hashable {
        /// As `/health` names it: `log`, `database`, `inventory`, …
        package var check: String
        package var text: String
        /// RFC 3339.
        package var since: String?
    }

    /// The last that it logged as wrong.
    package struct LastError: Sendable, Hashable {
        /// RFC 3339.
        package var time: String
        package var message: String
        /// Why, where it said so.
        package var error: String?
    }

    /// `order`, `inventory` or `notification`
    package var service: String
    package var address: String
    /// Why it did not answer; nil: it did.
    package var silence: String?
    package var troubles: [Trouble] = []
    /// nil: none since its start, or it is of a version that does not tell.
    package var lastError: LastError?
    package var metrics = MetricSamples("")

    package init(service: String, address: String) {
        self.service = service
        self.address = address
    }

    /// Seconds by which clocks may differ: as the alert has it.
    private static let mostOffset = 5.0

    /// What it tells on `/metrics`. A clock that is off is a trouble, too, although the service works.
    mutating func read(metrics text: String) {
        metrics = MetricSamples(text)
        guard let offset = metrics.value("orderlog_clock_offset_seconds"), abs(offset) > Self.mostOffset else { return }
        troubles.append(
            Trouble(
                check: "clock",
                text: "it is \(StatusReport.duration(abs(offset))) \(offset > 0 ? "ahead of" : "behind") "
                    + "those of its database or its log's writers"))
    }

    /// Seconds since 1970.
    package var started: Double? { metrics.value("process_start_time_seconds") }
    package var version: String? { metrics.all("orderlog_build_info").first?.labels["version"] }
    /// Of its sources; nil where that is not known.
    package var commit: String? {
        metrics.all("orderlog_build_info").first?.labels["commit"].flatMap { $0.isEmpty ? nil : $0 }
    }
    /// Whether it publishes its service's events.
    package var publishes: Bool { metrics.value("orderlog_lease_held") == 1 }
}
