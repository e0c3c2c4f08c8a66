import Timestamps

/// Lines for `Logger.write`, put together as they will be written.
package struct LogLines: Sendable {
    private var lines = LogLine()

    package init() {}

    var bytes: [UInt8] { lines.bytes }

    /// One as `logger` writes it, whatever its level.
    package mutating func add(
        _ logger: Logger, _ level: LogLevel, _ message: String, _ fields: KeyValuePairs<String, String> = [:]
    ) {
        lines.put(
            logger.format, time: .now(), level: level, service: logger.service, message: message, fields: fields)
    }

    /// A line of UTF-8 as it stands, behind `start`. What could break it is escaped.
    package mutating func add(_ start: StaticString, _ line: UnsafeRawBufferPointer = .init(start: nil, count: 0)) {
        lines.put(start, line: line)
    }
}
