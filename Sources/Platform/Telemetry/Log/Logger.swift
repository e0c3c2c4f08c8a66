import Timestamps

/// Writes a service's lines to a sink. A value: derive one for each part of the program.
package struct Logger: Sendable {
    package let service: String
    /// The least that is written.
    package let level: LogLevel
    package let format: LogFormat
    /// Whose lines are about all services of the process.
    private let process: String
    /// nil: everything is thrown away.
    private let sink: LogSink?

    package init(service: String, level: LogLevel, format: LogFormat, sink: LogSink) {
        self.init(service: service, of: service, level: level, format: format, anySink: sink)
    }

    private init(service: String, of process: String, level: LogLevel, format: LogFormat, anySink: LogSink?) {
        self.service = service
        self.process = process
        self.level = level
        self.format = format
        sink = anySink
    }

    /// Throws everything away: for tests and tools.
    package static let silent = Logger(service: "", of: "", level: .error, format: .text, anySink: nil)

    /// Lines that were dropped since the start, of all that share the sink.
    package var dropped: Int { sink?.dropped ?? 0 }

    /// The last line that told of something wrong, with this service or with its whole process; nil: there was none since the start.
    package var lastTrouble: LoggedTrouble? { sink?.troubles.latest(of: [service, process]) }

    /// The same for another service, into the same sink.
    package func with(service: String) -> Logger {
        Logger(service: service, of: process, level: level, format: format, anySink: sink)
    }

    /// Whether lines of this level are written; the others are not even put together.
    package func isEnabled(_ level: LogLevel) -> Bool {
        sink != nil && level >= self.level
    }

    /// Never waits. The fields keep their order; in JSON, one that is named as a part of every line (time, level,
    /// service, message) gets `field_` before its name.
    package func log(
        _ level: LogLevel, _ message: @autoclosure () -> String,
        _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        guard let sink, level >= self.level else { return }
        sink.append(bytes(level, message(), fields()), format: format)
    }

    /// The same, with fields that are put together.
    package func log(_ level: LogLevel, _ message: String, fields: [LogField]) {
        guard let sink, level >= self.level else { return }
        if level >= .warning { sink.troubles.note(level, service, message, fields) }
        sink.append(
            LogLine(format, time: .now(), level: level, service: service, message: message, fields: fields).bytes,
            format: format)
    }

    /// For who looks for a fault: what is tried again by itself, each decision.
    package func debug(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.debug, message(), fields())
    }

    /// What an operator may want to read back: a start, a stop, a door that opened.
    package func info(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.info, message(), fields())
    }

    /// A change that an operator should know of and need not act on.
    package func notice(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.notice, message(), fields())
    }

    /// Something is not as it should be, and the service goes on and tries again.
    package func warning(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.warning, message(), fields())
    }

    /// Somebody has to act, or something was lost to a caller.
    package func error(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.error, message(), fields())
    }

    /// Lines that must appear, whatever the level: waits until they are written. See `LogSink.write`.
    @discardableResult
    package func write(_ lines: LogLines) async -> Bool {
        await sink?.write(lines) ?? true
    }

    private func bytes(_ level: LogLevel, _ message: String, _ fields: KeyValuePairs<String, String>) -> [UInt8] {
        if level >= .warning { sink?.troubles.note(level, service, message, fields) }
        return LogLine(format, time: .now(), level: level, service: service, message: message, fields: fields).bytes
    }
}
