import EventLog
package import Timestamps

/// A place in the log as somebody names it: `earliest`, `latest`, a time, or `PARTITION:OFFSET`, with its topic or without.
package enum LogPlace: Sendable, Hashable {
    case earliest
    case latest
    case time(Timestamp)
    /// `topic`: nil where it goes without saying.
    case offset(topic: String? = nil, partition: Int32, Int64)

    /// A time is RFC 3339, or so long before `now`: `-90s`, `-15m`, `-2h`, `-7d`. nil for anything else.
    package init?(_ text: String, now: Timestamp) {
        switch text {
        case "earliest": self = .earliest
        case "latest": self = .latest
        default:
            if let time = Self.relative(text, now) ?? Timestamp(rfc3339: text) {
                self = .time(time)
                return
            }
            let hasTopic = text.contains("/")
            guard let place = LogPosition(hasTopic ? text : "-/" + text) else { return nil }
            self = .offset(topic: hasTopic ? place.topic : nil, partition: place.partition, place.offset)
        }
    }

    private static func relative(_ text: String, _ now: Timestamp) -> Timestamp? {
        guard text.first == "-", let unit = text.last, let count = Int64(text.dropFirst().dropLast()), count >= 0 else {
            return nil
        }
        let seconds: Double? =
            switch unit {
            case "s": 1
            case "m": 60
            case "h": 3_600
            case "d": 86_400
            default: nil
            }
        return seconds.map { now.advanced(bySeconds: -Double(count) * $0) }
    }

    /// What `--from` and `--to` take.
    package static let forms = "earliest, latest, a time (RFC 3339, or -15m), or [TOPIC/]PARTITION:OFFSET"

    /// The topic that it is in, where it says so.
    package var topic: String? {
        if case .offset(let topic, _, _) = self { topic } else { nil }
    }
}
