/// As whom a program reads and writes Kafka's log: what its operators see, and set quotas, racks and restarts by. The embedded
/// log has no use for it.
package struct LogClient: Sendable, Hashable {
    /// `client.id`: stands in the broker's request logs, quotas and metrics, and before the ids of a group's members.
    package var name: String
    /// `client.rack`: nil where nobody named one. A broker with a `replica.selector.class` lets a member read from a replica
    /// in its own rack.
    package var rack: String?
    /// `group.instance.id`: the name under which a replica comes back to the partitions that it had. nil: a member that
    /// leaves gives them up at once.
    package var instance: String?

    package init(name: String = "orderlog", rack: String? = nil, instance: String? = nil) {
        self.name = name
        self.rack = rack
        self.instance = instance
    }

    /// For a replica of a service: a name that stays the same when it is started again, and is no other's. `port` 0: chosen
    /// by the system, and so left out.
    package static func name(of service: String, host: String, port: Int) -> String {
        let text = "orderlog-\(service)-\(host)" + (port == 0 ? "" : "-\(port)")
        // What else may stand in a host's name is changed in the names of brokers' metrics.
        return String(text.unicodeScalars.prefix(longest).map { isPlain($0) ? Character($0) : "_" })
    }

    /// Kafka's rule for `group.instance.id` (as for topics): letters and digits of ASCII, `.`, `_` and `-`, 1 to 249 of them.
    package static func isInstance(_ text: String) -> Bool {
        text != "." && text != ".." && (1...longest).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy(isPlain)
    }

    private static let longest = 249

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
        default: false
        }
    }

    /// For all clients, by librdkafka's names.
    var properties: [String: String] {
        ["client.id": name].merging(rack.map { ["client.rack": $0] } ?? [:]) { $1 }
    }

    /// For members of groups alone. Whoever names its replicas wants them back after a restart, before the group goes on
    /// without them: that takes longer than the 10 s after which a nameless one counts as lost.
    var memberProperties: [String: String] {
        instance.map { ["group.instance.id": $0, "session.timeout.ms": "30000"] } ?? [:]
    }
}
