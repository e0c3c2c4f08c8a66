internal import Synchronization

/// Something that goes wrong once or a thousand times: a line for the first, and after a minute one more, which says how many came
/// meanwhile. Each of them is told at debug.
package final class Recurring: Sendable {
    private struct Told {
        var at: ContinuousClock.Instant
        /// Since then.
        var untold = 0
    }

    /// Kinds that are kept apart in a minute; all others are one.
    private static let mostKinds = 32

    private let logger: Logger
    private let level: LogLevel
    private let message: String
    private let quiet: Duration
    private let told = Mutex<[String: Told]>([:])

    /// - Parameter quiet: from one line of a kind to the next, at least
    package init(_ logger: Logger, _ level: LogLevel, _ message: String, quiet: Duration = .seconds(60)) {
        self.logger = logger
        self.level = level
        self.message = message
        self.quiet = quiet
    }

    /// It happened so many times at once. `error`: why; each is a kind of its own. The line has `count`, where it tells of more than one.
    package func happened(
        _ count: Int = 1, error: String, at now: ContinuousClock.Instant = .now, _ fields: LogField...
    ) {
        let all = told.withLock { told -> Int? in
            if told[error] == nil, told.count >= Self.mostKinds { told = told.filter { now - $0.value.at < quiet } }
            let kind = told[error] == nil && told.count >= Self.mostKinds ? "" : error
            let known = told[kind]
            if let known, now - known.at < quiet {
                told[kind]?.untold += count
                return nil
            }
            told[kind] = Told(at: now)
            return count + (known?.untold ?? 0)
        }
        let level = all == nil ? LogLevel.debug : level
        guard logger.isEnabled(level) else { return }
        var fields = fields
        let times = all ?? count
        if times > 1 { fields.append(("count", String(times))) }
        logger.log(level, message, fields: fields + [("error", error)])
    }
}
