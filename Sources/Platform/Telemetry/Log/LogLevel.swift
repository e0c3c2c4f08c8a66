/// How much a line matters. Its raw value is its name in configuration and in JSON.
package enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case debug, info, notice, warning, error

    /// At most five characters, so that the columns of the text format stand in line.
    var shortName: String {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO"
        case .notice: "NOTE"
        case .warning: "WARN"
        case .error: "ERROR"
        }
    }

    /// In JSON: the words that Loki, Grafana and journald's tools know. `notice` is not among Loki's.
    var jsonName: String { self == .notice ? LogLevel.info.rawValue : rawValue }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .notice: 2
        case .warning: 3
        case .error: 4
        }
    }

    package static func < (one: LogLevel, other: LogLevel) -> Bool {
        one.rank < other.rank
    }
}

/// How a line is written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people: `2026-11-24T03:51:16.123Z INFO  order        message key=value key="two words"`.
    case text
    /// For machines: an object on each line.
    case json
}
