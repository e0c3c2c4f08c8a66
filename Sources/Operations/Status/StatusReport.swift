/// How the shop is, from what its services say.
package struct StatusReport: Sendable {
    /// Something that waits, and for how long the oldest of it.
    package struct Waiting: Sendable, Hashable {
        package enum Kind: Sendable {
            case events, refusedEvents, records, messages, heldStock, deadLetters
        }

        package var kind: Kind
        /// In words.
        package var what: String
        package var count: Int
        /// Seconds; nil where nobody tells.
        package var oldest: Double?
        /// Whether somebody should look.
        package var isLate: Bool
    }

    package var replicas: [ReplicaStatus]

    package init(_ replicas: [ReplicaStatus]) { self.replicas = replicas }

    /// Older than this, what waits is late: nothing waits for a second where all is well.
    private static let late = 30.0
    /// An order is decided within seconds; what holds stock for longer is given up by itself after some minutes.
    private static let lateStock = 900.0

    package var waiting: [Waiting] {
        var waiting: [Waiting] = []
        for service in ["order", "inventory"] where tells(service) {
            waiting.append(
                row(
                    .events, "events of \(service)", "orderlog_outbox_waiting", "orderlog_outbox_oldest_age_seconds",
                    of: service
                ))
            if let refused = value("orderlog_outbox_refused", of: service), refused > 0 {
                waiting.append(
                    Waiting(
                        .refusedEvents, "events of \(service) that the log refuses", count: Int(refused), isLate: true))
            }
        }
        for group in labels("orderlog_group_lag_records", "group") {
            let lag = Self.most(replicas, "orderlog_group_lag_records", ["group": group]) ?? 0
            let age = Self.most(replicas, "orderlog_group_lag_seconds", ["group": group])
            waiting.append(
                Waiting(
                    .records, "records for the group \(group)", count: Int(lag), oldest: age,
                    isLate: (age ?? 0) > Self.late
                ))
        }
        if tells("notification") {
            let states = ["queued", "retrying"].compactMap {
                value("orderlog_messages", ["state": $0], of: "notification")
            }
            let age = value("orderlog_messages_oldest_age_seconds", of: "notification")
            waiting.append(
                Waiting(
                    .messages, "messages to customers", count: Int(states.reduce(0, +)), oldest: age,
                    isLate: (age ?? 0) > Self.late))
        }
        if tells("inventory") {
            var held = row(
                .heldStock, "orders that hold stock", "orderlog_reservations_held",
                "orderlog_reservations_oldest_age_seconds",
                of: "inventory")
            held.isLate = (held.oldest ?? 0) > Self.lateStock
            waiting.append(held)
        }
        for topic in labels("orderlog_dead_letters_waiting", "topic") {
            let count = Self.most(replicas, "orderlog_dead_letters_waiting", ["topic": topic]) ?? 0
            waiting.append(Waiting(.deadLetters, "dead letters on \(topic)", count: Int(count), isLate: count > 0))
        }
        return waiting
    }

    package var isWell: Bool {
        replicas.allSatisfy { $0.silence == nil && $0.troubles.isEmpty } && !waiting.contains(where: \.isLate)
    }

    private func tells(_ service: String) -> Bool { replicas.contains { $0.service == service && $0.silence == nil } }

    private func row(_ kind: Waiting.Kind, _ what: String, _ count: String, _ age: String, of service: String)
        -> Waiting
    {
        let oldest = value(age, of: service)
        return Waiting(
            kind, what, count: Int(value(count, of: service) ?? 0), oldest: oldest, isLate: (oldest ?? 0) > Self.late)
    }

    /// Of what replicas share one of them tells; of what it told before it lost its lease, the larger counts.
    private func value(_ name: String, _ labels: [String: String] = [:], of service: String) -> Double? {
        Self.most(replicas.filter { $0.service == service }, name, labels)
    }

    private static func most(_ replicas: [ReplicaStatus], _ name: String, _ labels: [String: String]) -> Double? {
        replicas.compactMap { $0.metrics.value(name, labels) }.max()
    }

    private func labels(_ name: String, _ label: String) -> [String] {
        Set(replicas.flatMap { $0.metrics.all(name).compactMap { $0.labels[label] } }).sorted()
    }
}

extension StatusReport.Waiting {
    init(_ kind: Kind, _ what: String, count: Int, oldest: Double? = nil, isLate: Bool) {
        self.init(kind: kind, what: what, count: count, oldest: oldest, isLate: isLate)
    }
}
