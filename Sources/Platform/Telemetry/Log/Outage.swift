internal import Synchronization

/// Something that is there or away: one line when it goes, one when it is back, with how long that was. What is tried meanwhile, every
/// second or more often, is told at debug; so is what comes and goes several times a minute.
package final class Outage: Sendable {
    private struct State {
        var since: ContinuousClock.Instant?
        /// That it is away has been told.
        var isTold = false
        var lastTold: ContinuousClock.Instant?
    }

    private let logger: Logger
    private let level: LogLevel
    private let gone: String
    private let back: String
    private let quiet: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - level: of the line that it is away
    ///   - gone, back: what the two lines say
    ///   - quiet: what goes again so soon after it was back is told only once it has been away for that long
    package init(
        _ logger: Logger, _ level: LogLevel = .warning, gone: String, back: String, quiet: Duration = .seconds(60)
    ) {
        self.logger = logger
        self.level = level
        self.gone = gone
        self.back = back
        self.quiet = quiet
    }

    /// It was asked in vain. `error`: why, for people.
    package func failed(_ error: @autoclosure () -> String, _ fields: LogField...) {
        let isNew = state.withLock { state in
            let now = ContinuousClock.now
            state.since = state.since ?? now
            guard !state.isTold, state.lastTold.map({ now - $0 >= quiet }) ?? true else { return false }
            (state.isTold, state.lastTold) = (true, now)
            return true
        }
        let level = isNew ? level : .debug
        guard logger.isEnabled(level) else { return }
        logger.log(level, gone, fields: fields + [("error", error())])
    }

    /// What was said of it holds no more, and what comes is told anew.
    package func forget() { state.withLock { $0 = State() } }

    /// It did what it was asked.
    package func works(_ fields: LogField...) {
        let told: ContinuousClock.Instant? = state.withLock { state in
            defer { (state.since, state.isTold) = (nil, false) }
            guard state.isTold else { return nil }
            state.lastTold = .now
            return state.since
        }
        guard let told else { return }
        logger.log(.notice, back, fields: fields + [("away_seconds", (ContinuousClock.now - told).secondsText)])
    }
}

extension Duration {
    /// In seconds to a tenth, `3.2`.
    package var secondsText: String {
        let (seconds, attoseconds) = components
        return "\(seconds).\(attoseconds / 100_000_000_000_000_000)"
    }
}
