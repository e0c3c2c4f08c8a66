package import EventLog
import ExactText
import Identifiers
import Pacing
import Synchronization
package import Telemetry

/// Publishes the outbox: woken by each commit, in batches, in the order of each key's events.
///
/// A pass takes the oldest rows, but of each key only the first: a key's second event is sent once the first is
/// acknowledged, so no failure in between can turn their order around. Exactly the rows that were acknowledged are
/// marked; a crash between the log's acknowledgement and the mark repeats those rows, and readers drop repeats by `ce_id`.
///
/// A row that the log refuses steps aside with its key, and is tried again for ever, at a pace of its own: what made the
/// log refuse it, its clock or a setting, may be mended. When the log takes nothing at all, everything waits.
package final class OutboxRelay: Sendable {
    /// Rows a pass: a commit serves them all, and half a thousand orders of 600 bytes are one request to Kafka.
    private static let batch = 500
    /// Refused rows that are tried again at a time. To find out that none of them passes takes two requests each, and the
    /// others wait meanwhile. Once one passes, as many as in any pass are tried.
    private static let trial = 8
    private static let betweenTrials: Duration = .seconds(1)
    /// Published rows stay this long, for `orderlog audit --republish`.
    private static let keepPublished: Int64 = 10 * 60

    /// Of several replicas one publishes. Another takes over within `leaseSeconds` and `retryLease`.
    private static let leaseSeconds: Int64 = 5
    private static let retryLease: Duration = .seconds(1)
    /// How often the one looks for what other replicas have committed.
    private static let lookForOthers: Duration = .milliseconds(100)

    /// What waits, for health and metrics.
    package let status: OutboxStatus
    private let store: any OutboxStore
    private let lease: any Lease
    private let log: any EventLog
    private let logger: Logger
    private let published: Counter
    private let refusals: Counter
    private let wakeUp = WakeUp()
    private let stopping = Atomic(false)
    private let relaying = BackgroundTask()
    private let cleaning = BackgroundTask()

    package init(store: any OutboxStore, lease: any Lease, log: any EventLog, metrics: Metrics, logger: Logger) {
        self.store = store
        self.lease = lease
        self.log = log
        self.logger = logger
        status = OutboxStatus(metrics, logger: logger)
        published = metrics.counter("orderlog_outbox_published", "Events that this process put on the log.")
        refusals = metrics.counter("orderlog_outbox_refusals", "Times that the log refused an event of this process.")
    }

    package func start() {
        relaying.start { await self.run() }
        cleaning.start { await self.clean() }
        wakeUp.signal()
    }

    /// Something was committed to the outbox.
    package func wake() { wakeUp.signal() }

    /// Publishes what can be published now, then ends.
    package func stop() async {
        stopping.store(true, ordering: .relaxed)
        wakeUp.signal()
        await cleaning.stop()
        await relaying.ended()
        try? await lease.release()
    }

    private var isStopping: Bool { stopping.load(ordering: .relaxed) }

    private func run() async {
        var backoff = Backoff()
        var asked: (at: ContinuousClock.Instant, isHeld: Bool)?
        var trials = Trials()
        while true {
            do {
                // Asked for again every second, and not for every commit.
                if asked.map({ .now - $0.at >= Self.retryLease }) ?? true {
                    asked = (.now, try await lease.hold(for: Self.leaseSeconds))
                }
                guard asked?.isHeld == true else {
                    if isStopping { return }
                    status.note(backlog: try await store.backlog())
                    status.readable()
                    await wakeUp.wait(atMost: Self.retryLease)
                    continue
                }
                var progress = try await pass()
                if progress != .stuck, trials.isDue, !isStopping {
                    progress = max(progress, try await tryAgain(&trials))
                }
                status.readable()
                if progress == .stuck {
                    if isStopping { return }
                    try? await Task.sleep(for: backoff.next())
                    continue
                }
                backoff.reset()
                // What other replicas go on committing is left to whoever holds the lease next.
                if progress == .moved, !(lease.isShared && isStopping) { continue }
            } catch {
                status.unreadable("\(error)")
                if isStopping { return }
                try? await Task.sleep(for: backoff.next())
                continue
            }
            if isStopping { return }
            if lease.isShared {
                await wakeUp.wait(atMost: Self.lookForOthers)
            } else if status.hasRefusals {
                await wakeUp.wait(atMost: Self.betweenTrials)
            } else {
                await wakeUp.wait()
            }
        }
    }

    private enum Progress: Int, Comparable {
        case idle, moved, stuck

        static func < (one: Progress, other: Progress) -> Bool { one.rawValue < other.rawValue }
    }

    /// When refused rows are tried again, and how many.
    private struct Trials {
        var next = ContinuousClock.now
        var count = OutboxRelay.trial

        var isDue: Bool { next <= .now }
    }

    /// Publishes rows whose turn it is.
    private func pass() async throws -> Progress {
        let rows = firstOfEachKey(try await store.pending(limit: Self.batch))
        guard !rows.isEmpty else {
            status.note(trouble: nil, oldest: nil)
            return .idle
        }
        let sent = try await send(rows, by: log.append)
        if let refused = sent.refused.first {
            status.log(refused, count: sent.refused.count)
            status.note(backlog: try await store.backlog())
        }
        // A search for those that are refused may have been left off half-way: it goes on with the next pass.
        if !sent.refused.isEmpty { return .moved }
        status.note(trouble: sent.trouble, oldest: rows[0].event.event.time)
        return sent.trouble == nil ? .moved : .stuck
    }

    /// Tries refused rows whose time has come.
    private func tryAgain(_ trials: inout Trials) async throws -> Progress {
        status.note(backlog: try await store.backlog())
        let rows = status.hasRefusals ? firstOfEachKey(try await store.due(limit: trials.count)) : []
        let sent = try await send(rows, by: log.probe)
        guard sent.published > 0 else {
            // Of a log that is away the others find out for themselves.
            trials = Trials(next: .now + Self.betweenTrials)
            return .idle
        }
        // Mended, for some at least: the others need not wait.
        trials = Trials(next: .now, count: Self.batch)
        status.logPassed(count: sent.published)
        status.note(backlog: try await store.backlog())
        return .moved
    }

    private struct Sent {
        var published = 0
        var refused: [(event: CloudEvent, reason: String)] = []
        /// That the log takes nothing for now.
        var trouble: EventLogError?
    }

    private func send(
        _ rows: [OutboxRow], by append: ([LogRecord]) async -> [Result<LogPosition, EventLogError>]
    ) async throws -> Sent {
        var sent = Sent()
        guard !rows.isEmpty else { return sent }
        let results = await append(rows.map { $0.event.event.record(topic: $0.event.topic) })
        var positions: [Int64] = []
        var refusals: [OutboxRefusal] = []
        for (row, result) in zip(rows, results) {
            switch result {
            case .success:
                positions.append(row.position)
            case .failure(let error) where error.kind == .refused:
                refusals.append(OutboxRefusal(position: row.position, reason: error.message))
                sent.refused.append((row.event.event, error.message))
            case .failure(let error):
                sent.trouble = sent.trouble ?? error
            }
        }
        if !positions.isEmpty { try await store.markPublished(positions) }
        if !refusals.isEmpty { try await store.markRefused(refusals) }
        sent.published = positions.count
        published.add(positions.count)
        self.refusals.add(refusals.count)
        return sent
    }

    private func firstOfEachKey(_ rows: [OutboxRow]) -> [OutboxRow] {
        var seen: Set<ExactText> = []
        return rows.filter { seen.insert($0.event.event.subject).inserted }
    }

    private func clean() async {
        while !Task.isCancelled {
            do {
                let removed = try await store.removePublished(olderThan: Self.keepPublished, limit: 1_000)
                if removed == 1_000 { continue }
                if try await store.backlog().behind > 0 {
                    try await store.freeOrphans()
                    wakeUp.signal()
                }
                status.readable()
            } catch {
                status.unreadable("\(error)")
            }
            try? await Task.sleep(for: .seconds(30))
        }
    }
}
