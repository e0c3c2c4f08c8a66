package import EventLog
import ExactText
import Pacing
import Synchronization
package import Telemetry
package import Tracing

/// Publishes the outbox: woken by each commit, in batches (`RelayPace`), in the order of each key's events.
///
/// A pass takes the oldest rows, but of each key only the first: a key's second event is sent once the first is
/// acknowledged, so no failure in between can turn their order around. Exactly the rows that were acknowledged are
/// marked, those of a few milliseconds in one commit; a crash between the log's acknowledgement and the mark repeats those rows,
/// and readers drop repeats by `ce_id`.
///
/// A row that the log refuses steps aside with its key, and is tried again for ever, at a pace of its own: what made the
/// log refuse it, its clock or a setting, may be mended. So does a row whose partition takes nothing while others do, until
/// that is back. `OutboxRetries` sees to both. When the log takes nothing at all, everything waits.
package final class OutboxRelay: Sendable {
    /// Rows a pass: a commit serves them all, and half a thousand orders of 600 bytes are one request to Kafka.
    static let batch = 500
    /// Published rows stay this long, for `orderlog audit --republish`.
    private static let keepPublished: Int64 = 10 * 60

    /// Of several replicas one publishes. Another takes over within `leaseSeconds` and `retryLease`.
    private static let leaseSeconds: Int64 = 5
    private static let retryLease: Duration = .seconds(1)
    /// How often the one looks for what other replicas have committed.
    private static let lookForOthers: Duration = .milliseconds(100)

    /// What waits, for health and metrics.
    package let status: OutboxStatus
    let store: any OutboxStore
    private let lease: any Lease
    let log: any EventLog
    private let away = AwayPartitions()
    private let sender: OutboxSender
    private let retries: OutboxRetries
    private let wakeUp: WakeUp
    /// Ends the wait for more rows.
    private let hurry = WakeUp()
    private let patience: Duration
    private let isHeld: Flag
    /// The lease could be asked for.
    private let isKnown = Flag()
    /// Whether there may be rows that were not looked at: something was committed, or freed.
    private let isWoken: Flag
    private let stopping = Atomic(false)
    /// A pass has found nothing since the start, and since the log last failed: there is nothing but what comes.
    private let hasSeenAll = Atomic(false)
    private let relaying = BackgroundTask()
    private let cleaning = BackgroundTask()

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// `delays`: is told how long each event took from when it happened until it was on the log, in seconds.
    package init(
        store: any OutboxStore, lease: any Lease, log: any EventLog, tracer: Tracer = .off, metrics: Metrics,
        delays: Histogram.Series? = nil, logger: Logger, patience: Duration = RelayPace.patience
    ) {
        self.store = store
        self.patience = patience
        self.lease = lease
        self.log = log
        status = OutboxStatus(metrics, away: away, logger: logger)
        sender = OutboxSender(
            store: store, status: status, away: away, tracer: tracer, figures: OutboxFigures(metrics, delays: delays))
        let (wakeUp, isHeld, isWoken) = (WakeUp(), Flag(), Flag())
        self.wakeUp = wakeUp
        self.isHeld = isHeld
        self.isWoken = isWoken
        retries = OutboxRetries(
            log: log, sender: sender, isShared: lease.isShared, isOurs: { isHeld.value.load(ordering: .relaxed) },
            moved: {
                isWoken.value.store(true, ordering: .releasing)
                wakeUp.signal()
            })
    }

    package func start() {
        relaying.start(on: "relay") { await self.run() }
        retries.start()
        cleaning.start { await self.clean() }
        wake()
    }

    /// Something was committed to the outbox.
    package func wake() {
        isWoken.value.store(true, ordering: .releasing)
        wakeUp.signal()
    }

    /// Publishes what can be published now, then ends.
    package func stop() async {
        stopping.store(true, ordering: .relaxed)
        hurry.signal()
        wake()
        await cleaning.stop()
        await relaying.ended()
        await retries.stop()
        try? await lease.release()
    }

    /// Whether it is this replica that publishes.
    package var isPublishing: Bool { isHeld.value.load(ordering: .relaxed) }

    /// The same; nil: the database could not be asked.
    package var mayPublish: Bool? { isKnown.value.load(ordering: .relaxed) ? isPublishing : nil }

    private var isStopping: Bool { stopping.load(ordering: .relaxed) }

    private func run() async {
        var unmarked = UnmarkedRows()
        await publish(&unmarked)
        try? await mark(&unmarked)
    }

    private func publish(_ unmarked: inout UnmarkedRows) async {
        var backoff = Backoff()
        var pace = RelayPace(patience)
        var asked: ContinuousClock.Instant?
        // What was woken for is looked for until it is done.
        var looks = true
        while true {
            do {
                // Asked for again every second, and not for every commit. Before anything is marked, which may fail for long.
                if asked.map({ .now - $0 >= Self.retryLease }) ?? true {
                    let now = ContinuousClock.now
                    try await askForLease()
                    asked = now
                }
                if unmarked.wait(at: .now) == .zero { try await mark(&unmarked) }
                guard isHeld.value.load(ordering: .relaxed) else {
                    try await mark(&unmarked)
                    if isStopping { return }
                    status.note(backlog: try await store.backlog())
                    status.works(.relay)
                    await wakeUp.wait(atMost: Self.retryLease)
                    continue
                }
                if isWoken.value.exchange(false, ordering: .acquiring) || lease.isShared { looks = true }
                if looks, !isStopping, let wait = pace.wait(at: .now) { await hurry.wait(atMost: wait) }
                let progress = looks ? try await pass(&unmarked, &pace) : .idle
                status.works(.relay)
                looks = progress != .idle
                if progress == .stuck {
                    if isStopping { return }
                    try? await Task.sleep(for: backoff.next())
                    continue
                }
                backoff.reset()
                // What other replicas go on committing is left to whoever holds the lease next.
                if progress == .moved, !(lease.isShared && isStopping) { continue }
            } catch {
                status.failed(.relay, "\(error)")
                // Meanwhile the lease may have ended, and another replica publishes.
                asked = nil
                looks = true
                if isStopping { return }
                try? await Task.sleep(for: backoff.next())
                continue
            }
            if isStopping { return }
            let wait = [unmarked.wait(at: .now), lease.isShared ? Self.lookForOthers : nil].compactMap(\.self).min()
            if let wait {
                await wakeUp.wait(atMost: wait)
            } else {
                await wakeUp.wait()
            }
        }
    }

    private func mark(_ unmarked: inout UnmarkedRows) async throws {
        guard !unmarked.positions.isEmpty else { return }
        try await store.markPublished(unmarked.positions.sorted())
        unmarked.removeAll()
    }

    /// A lease that can't be asked for is not held: what is sent then could not be marked either.
    private func askForLease() async throws {
        do {
            note(isHeld: try await lease.hold(for: Self.leaseSeconds))
            isKnown.value.store(true, ordering: .relaxed)
        } catch {
            isKnown.value.store(false, ordering: .relaxed)
            note(isHeld: false)
            throw error
        }
    }

    private func note(isHeld now: Bool) {
        guard isHeld.value.exchange(now, ordering: .relaxed) != now else { return }
        if lease.isShared { status.note(publishes: now) }
        retries.forget()
    }

    private enum Progress {
        case idle, moved, stuck
    }

    /// Publishes rows whose turn it is.
    private func pass(_ unmarked: inout UnmarkedRows, _ pace: inout RelayPace) async throws -> Progress {
        let began = ContinuousClock.now
        let pending = try await store.pending(limit: Self.batch)
        let mayHideMore = pending.count >= Self.batch / 2 || Self.size(pending) >= OutboxPage.bytes
        let unsent = pending.filter { !unmarked.positions.contains($0.position) }
        let page = firstOfEachKey(unsent)
        guard !page.isEmpty else {
            if mayHideMore, !pending.isEmpty {
                try await mark(&unmarked)
                return .moved
            }
            status.note(trouble: nil)
            hasSeenAll.store(true, ordering: .relaxed)
            return .idle
        }
        let returns = away.returns
        let (rows, held) = away.divide(page)
        if !held.isEmpty {
            defer { retries.noteAside(since: returns) }
            try await store.putAside(held)
        }
        guard !rows.isEmpty else { return .moved }
        pace.sends(rows.count, at: began)
        let sent = await sender.handOver(rows, by: log.append)
        unmarked.add(sent.published, at: .now)
        if rows.count > UnmarkedRows.few { try await mark(&unmarked) }
        try await sender.noteRefused(sent)
        if let refused = sent.refused.first {
            status.log((refused.event, refused.refusal.reason), count: sent.refused.count)
            status.note(backlog: try await store.backlog())
            retries.wake()
        }
        let ofPartitions = sent.failed.filter(\.isOfPartition)
        var waiting = sent.failed
        if !ofPartitions.isEmpty, try await othersPass(sent, page) {
            let returns = away.returns
            defer { retries.noteAside(since: returns) }
            try await sender.putAside(ofPartitions)
            waiting.removeAll(where: \.isOfPartition)
        }
        // A search for those that are refused may have been left off half-way: it goes on with the next pass.
        if !sent.refused.isEmpty { return .moved }
        status.note(trouble: waiting.first?.error, published: sent.published.count)
        if !sent.failed.isEmpty { hasSeenAll.store(false, ordering: .relaxed) }
        guard waiting.isEmpty else { return .stuck }
        // All that there was is published: to look again would find nothing. What is committed meanwhile wakes it.
        let isAll =
            !mayHideMore && rows.count == unsent.count && !status.hasWaiting && away.isEmpty
            && hasSeenAll.load(ordering: .relaxed)
        return isAll ? .idle : .moved
    }

    private static func size(_ rows: [OutboxRow]) -> Int { rows.reduce(0) { $0 + $1.event.event.data.count } }

    /// Whether what failed for its partition stands in the way of what goes to others. A page full of it hides them: then the
    /// log is asked whether it is there, and has other partitions.
    private func othersPass(_ sent: OutboxSender.Sent, _ page: [OutboxRow]) async throws -> Bool {
        if sent.wasAnswered { return true }
        guard page.count == Self.batch || Self.size(page) >= OutboxPage.bytes else { return false }
        let failed = Dictionary(grouping: Set(sent.failed.compactMap(\.error.partition)), by: \.topic)
        for (topic, partitions) in failed {
            guard let count = try? await log.partitions(of: topic), count > partitions.count else { continue }
            // What else goes there is not to be sent before the other task has asked, too.
            away.note(count, of: topic)
            return true
        }
        return false
    }

    private func clean() async {
        while !Task.isCancelled {
            var pause = Duration.seconds(30)
            do {
                let removed = try await store.removePublished(olderThan: Self.keepPublished, limit: 1_000)
                if removed == 1_000 { continue }
                if try await store.backlog().behind > 0 {
                    try await store.freeOrphans()
                    wake()
                }
                status.works(.cleaning)
            } catch {
                pause = .seconds(2)
                status.failed(.cleaning, "\(error)")
            }
            try? await Task.sleep(for: pause)
        }
    }
}

/// Of rows in their order, of each key only the first.
func firstOfEachKey(_ rows: [OutboxRow]) -> [OutboxRow] {
    var seen: Set<ExactText> = []
    return rows.filter { seen.insert($0.event.event.subject).inserted }
}
