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
        /// Events that were seen to wait since then, at most.
        var waited = 0
        var unreadableSince: Timestamp?
        /// Who reads or marks the outbox in vain.
        var failing: Set<Work> = []
        /// Events that the log refused for the first time, and that no line has told of.
        var refusedUntold = 0
        var refusedToldAt: ContinuousClock.Instant?
    }

    /// Between two lines that tell of refused events: where the log refuses all, each order is one more.
    private static let quiet: Duration = .seconds(60)

    private let state: Mutex<State>
    private let away: AwayPartitions
    private let logger: Logger
    private let logOutage: Outage
    private let databaseOutage: Outage

    init(_ metrics: Metrics, away: AwayPartitions, logger: Logger) {
        self.away = away
        self.logger = logger
        logOutage = Outage(
            logger, gone: "the log takes no events for now; they wait in the outbox",
            back: "the log takes events again")
        databaseOutage = Outage(
            logger, gone: "the outbox could not be read or marked; trying again",
            back: "the outbox can be read and marked again")
        state = Mutex(State())
        metrics.gauge("orderlog_outbox_refused", "Events that the log refuses for now; they are tried again.") {
            [weak self] in self.map { Double($0.backlog.refused) }
        }
        metrics.gauge(
            "orderlog_outbox_aside", "Events that wait for a partition that takes nothing while others do."
        ) { [weak self] in self.map { Double($0.backlog.aside) } }
        metrics.gauge("orderlog_outbox_behind", "Events that wait behind one of their key that the log does not take.")
        {
            [weak self] in self.map { Double($0.backlog.behind) }
        }
    }

    /// nil when nothing waits but what has just been committed, else what waits and since when.
    package var complaint: Complaint? {
        let (state, away) = (state.withLock { $0 }, away.all)
        var texts: [String] = []
        if state.unreadableSince != nil { texts.append("it can't be read or marked") }
        if state.awaySince != nil { texts.append("the log takes no events") }
        let (refused, behind) = (state.backlog.refused, state.backlog.behind)
        if refused > 0 {
            texts.append(
                "the log refuses \(refused) \(refused == 1 ? "event" : "events"), \(behind) more wait behind "
                    + "\(refused == 1 ? "it" : "them"): see `orderlog outbox list`")
        }
        if !away.isEmpty || state.backlog.aside > 0 {
            let aside = state.backlog.aside
            texts.append(
                "\(away.isEmpty ? "a partition" : Self.names(away.keys)) of the log took no events while others "
                    + "did: \(aside) \(aside == 1 ? "event waits" : "events wait") for that, and later ones of the same keys"
            )
        }
        let since = ([state.unreadableSince, state.awaySince, state.backlog.since] + away.values.map(\.since))
            .compactMap(\.self).min()
        return texts.isEmpty ? nil : Complaint(texts.joined(separator: "; "), since: since ?? .now())
    }

    var backlog: OutboxBacklog { state.withLock { $0.backlog } }
    var hasRefusals: Bool { backlog.refused > 0 }
    /// Whether anything waits that has had its turn.
    var hasWaiting: Bool { state.withLock { $0.backlog.refused + $0.backlog.aside + $0.backlog.behind > 0 } }
    /// Whether the log takes nothing.
    var isAway: Bool { state.withLock { $0.awaySince != nil } }

    private static func names(_ partitions: some Collection<LogPartition>) -> String {
        let names = partitions.sorted().prefix(3).map(\.text).joined(separator: ", ")
        return partitions.count > 3 ? names + " and \(partitions.count - 3) more" : names
    }

    func note(backlog: OutboxBacklog) {
        state.withLock { $0.backlog = backlog }
    }

    /// So many events are not on the log.
    func note(waiting count: Int) {
        state.withLock { if $0.awaySince != nil { $0.waited = max($0.waited, count) } }
    }

    /// `trouble`: why the log has taken nothing; nil: it has taken so many events, if there were any.
    func note(trouble: EventLogError?, published count: Int = 0) {
        let (wasAway, waited) = state.withLock { state in
            defer {
                if trouble == nil { state.waited = 0 }
                state.awaySince = trouble == nil ? nil : state.awaySince ?? .now()
            }
            return (state.awaySince != nil, max(state.waited, count))
        }
        if let trouble { return logOutage.failed(trouble.message) }
        if wasAway { logOutage.works(("events", "\(waited)")) }
    }

    /// This replica, which publishes or did so, does it no more or anew: what it saw of the log is nobody's news.
    func note(publishes: Bool) {
        state.withLock { state in
            state.awaySince = nil
        }
        logOutage.forget()
        logger.info(
            publishes
                ? "this replica publishes the outbox" : "this replica does not publish the outbox for now; another may")
    }

    /// What goes on in an outbox side by side. Where the database can be read and not written, one works and another fails.
    enum Work: Hashable { case relay, retries, cleaning }

    /// It could not read, or not mark. Told when the first fails.
    func failed(_ work: Work, _ error: String) {
        state.withLock { state in
            state.failing.insert(work)
            state.unreadableSince = state.unreadableSince ?? .now()
        }
        databaseOutage.failed(error)
    }

    /// It read, and marked what there was. Told when none fails any more.
    func works(_ work: Work) {
        let isOver = state.withLock { state in
            guard !state.failing.isEmpty else { return false }
            state.failing.remove(work)
            guard state.failing.isEmpty else { return false }
            state.unreadableSince = nil
            return true
        }
        if isOver { databaseOutage.works() }
    }

    /// `refused`: the first of `count` events that the log refused for the first time. Told at once, and then with those that came meanwhile
    /// once a minute.
    func log(_ refused: (event: CloudEvent, reason: String), count new: Int, at now: ContinuousClock.Instant = .now) {
        let count = state.withLock { state -> Int in
            state.refusedUntold += new
            if let told = state.refusedToldAt, now - told < Self.quiet { return 0 }
            defer { state.refusedUntold = 0 }
            state.refusedToldAt = now
            return state.refusedUntold
        }
        guard count > 0 else { return }
        logger.error(
            "the log refuses \(count == 1 ? "an event" : "\(count) events"): tried again for as long as it takes, and later "
                + "ones of the same key wait; see `orderlog outbox list`",
            [
                "event_id": refused.event.id.description, "subject": refused.event.subject.string,
                "error": refused.reason,
            ])
    }

    /// `reason`: nil when it takes events again.
    func log(_ partition: LogPartition, isAway reason: String?) {
        if let reason {
            logger.warning(
                "a partition takes no events while others do: what goes there waits, all else goes past",
                ["partition": partition.text, "error": reason])
        } else {
            logger.info("the partition takes events again", ["partition": partition.text])
        }
    }

    func logPassed(count: Int) {
        logger.info("the log takes events that it had refused", ["events": "\(count)"])
    }
}
