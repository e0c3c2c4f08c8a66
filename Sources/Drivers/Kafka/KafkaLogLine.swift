/// A line that librdkafka, or this module, has to say.
package struct KafkaLogLine: Sendable, Hashable {
    /// The most pressing first. syslog's eight, in four.
    package enum Level: Int, Sendable, Comparable {
        case error, warning, info, debug

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    package var level: Level
    /// librdkafka's word for what the line is about, such as `FAIL` or `REQTMOUT`.
    package var facility: String
    package var message: String

    package init(level: Level, facility: String, message: String) {
        self.level = level
        self.facility = facility
        self.message = message
    }
}

/// Takes log lines, on any thread; must not block.
package typealias KafkaLogger = @Sendable (KafkaLogLine) -> Void
