internal import Synchronization

/// Whether a database takes what is written, as its last write tells. One for all connections to it.
package final class DatabaseCondition: Sendable {
    /// Why it takes nothing.
    package struct Trouble: Sendable, Hashable {
        /// For everybody, after "it" or "the database": names no machine, no file and no statement.
        package var reason: String
        /// For operators.
        package var detail: String
        package var since: ContinuousClock.Instant
        /// It does not answer at all: whatever is asked would only wait.
        package var isSilent: Bool
        /// It is of some tables only: that another one was written says nothing of it.
        package var isPartial: Bool

        package init(
            reason: String, detail: String, since: ContinuousClock.Instant = .now, isSilent: Bool = false,
            isPartial: Bool = false
        ) {
            self.reason = reason
            self.detail = detail
            self.since = since
            self.isSilent = isSilent
            self.isPartial = isPartial
        }
    }

    private struct State {
        var trouble: Trouble?
        var isSuspected = false
        var lastAnswer: ContinuousClock.Instant?
        var observer: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    package init() {}

    /// nil: the last write was taken, or there was none yet.
    package var trouble: Trouble? { state.withLock { $0.trouble } }

    package var isSilent: Bool { state.withLock { $0.trouble?.isSilent ?? false } }

    /// Whether a write of no other purpose is to find out.
    package var wantsProbe: Bool { state.withLock { $0.trouble != nil || $0.isSuspected } }

    /// When it last answered anything; nil: it never has.
    package var lastAnswer: ContinuousClock.Instant? { state.withLock { $0.lastAnswer } }

    /// Called whenever the condition has become worse, or is suspected to; also at once, where it is bad already.
    package func observe(_ observer: @escaping @Sendable () -> Void) {
        let isBad = state.withLock { state in
            state.observer = observer
            return state.trouble != nil || state.isSuspected
        }
        if isBad { observer() }
    }

    // MARK: - What connections tell

    /// Something was read.
    package func answered() { state.withLock { $0.lastAnswer = .now } }

    /// Something was written, and committed. `everywhere`: every table can be.
    package func wrote(everywhere: Bool = false) {
        state.withLock { state in
            state.lastAnswer = .now
            guard everywhere || state.trouble?.isPartial != true else { return }
            state.trouble = nil
            state.isSuspected = false
        }
    }

    /// Something could not be written. `isSilent`: nil where that is not what this failure tells.
    package func failed(_ reason: String, _ detail: String, isSilent: Bool? = nil, isPartial: Bool = false) {
        let observer = state.withLock { state in
            let before = state.trouble
            state.trouble = Trouble(
                reason: reason, detail: detail, since: before?.since ?? .now,
                isSilent: isSilent ?? before?.isSilent ?? false, isPartial: isPartial)
            state.isSuspected = false
            return state.observer
        }
        observer?()
    }

    /// It is slow, or could not be read: it may be in trouble.
    package func suspect() {
        let observer = state.withLock { state in
            guard state.trouble == nil, !state.isSuspected else { return nil as (@Sendable () -> Void)? }
            state.isSuspected = true
            return state.observer
        }
        observer?()
    }
}
