import EventLog
import ExactText
import Identifiers
import Synchronization
package import Telemetry
import Timestamps

/// What waits in an outbox and why, as its relay saw it last: kept in memory, so that health and metrics ask nobody. What
/// changes is logged, and not each try.
package final class OutboxStatus: Sendable {
    private struct State {
        var backlog = OutboxBacklog()
        /// Since when the log takes nothing.
        var awaySince: Timestamp?
        /// When the oldest event happened that waits for that.
        var oldest: Timestamp?
        var unreadableSince: Timestamp?
    }

    private let state: Mutex<State>
    private let logger: Logger

    init(_ metrics: Metrics, logger: Logger) {
        self.logger = logger
        state = Mutex(State())
        metrics.gauge("orderlog_outbox_refused", "Events that the log refuses for now; they are tried again.") {
            [weak self] in self.map { Double($0.backlog.refused) }
        }
        metrics.gauge("orderlog_outbox_behind", "Events that wait behind one of their key that the log refuses.") {
            [weak self] in self.map { Double($0.backlog.behind) }
        }
        metrics.gauge(
            "orderlog_outbox_oldest", "Age of the oldest event that waits because the log refuses it or is away.",
            unit: "seconds"
        ) { [weak self] in
            guard let self else { return nil }
            let since = state.withLock { [$0.oldest, $0.backlog.since].compactMap(\.self).min() }
            return since.map { max(Timestamp.now().seconds(since: $0), 0) } ?? 0
        }
    }

    /// nil when nothing waits but what has just been committed, else what waits and since when.
    package var complaint: Complaint? {
        let state = state.withLock { $0 }
        var texts: [String] = []
        if state.unreadableSince != nil { texts.append("it can't be read or marked") }
        if state.awaySince != nil { texts.append("the log takes no events") }
        let (refused, behind) = (state.backlog.refused, state.backlog.behind)
        if refused > 0 {
            texts.append(
                "the log refuses \(refused) \(refused == 1 ? "event" : "events"), \(behind) more wait behind "
                    + "\(refused == 1 ? "it" : "them"): see `orderlog outbox list`")
        }
        let since = [state.unreadableSince, state.awaySince, state.backlog.since].compactMap(\.self).min()
        return texts.isEmpty ? nil : Complaint(texts.joined(separator: "; "), since: since ?? .now())
    }

    var backlog: OutboxBacklog { state.withLock { $0.backlog } }
    var hasRefusals: Bool { backlog.refused > 0 }

    func note(backlog: OutboxBacklog) {
        state.withLock { $0.backlog = backlog }
    }

    /// `oldest`: when the oldest of what is pending happened.
    func note(trouble: EventLogError?, oldest: Timestamp?) {
        let wasAway = state.withLock { state in
            defer {
                state.awaySince = trouble == nil ? nil : state.awaySince ?? .now()
                state.oldest = trouble == nil ? nil : oldest
            }
            return state.awaySince != nil
        }
        if let trouble, !wasAway {
            logger.warning("the log takes no events for now; they wait in the outbox", ["error": trouble.message])
        } else if trouble == nil, wasAway {
            logger.info("the log takes events again")
        }
    }

    func unreadable(_ error: String) {
        let wasUnreadable = state.withLock { state in
            defer { state.unreadableSince = state.unreadableSince ?? .now() }
            return state.unreadableSince != nil
        }
        if !wasUnreadable {
            logger.warning("the outbox could not be read or marked; trying again", ["error": error])
        }
    }

    func readable() {
        let wasUnreadable = state.withLock { state in
            defer { state.unreadableSince = nil }
            return state.unreadableSince != nil
        }
        if wasUnreadable { logger.info("the outbox can be read and marked again") }
    }

    /// `refused`: the first of `count` events that the log refused for the first time.
    func log(_ refused: (event: CloudEvent, reason: String), count: Int) {
        logger.error(
            "the log refuses \(count == 1 ? "an event" : "\(count) events"): tried again for as long as it takes, and later "
                + "ones of the same key wait; see `orderlog outbox list`",
            [
                "event_id": refused.event.id.description, "subject": refused.event.subject.string,
                "error": refused.reason,
            ])
    }

    func logPassed(count: Int) {
        logger.info("the log takes events that it had refused", ["events": "\(count)"])
    }
}
