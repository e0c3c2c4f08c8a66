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
package final class OutboxRelay: Sendable {
    /// Rows a pass: a commit serves them all, and half a thousand orders of 600 bytes are one request to Kafka.
    private static let batch = 500
    /// Published rows stay this long, for `orderlog audit --republish`.
    private static let keepPublished: Int64 = 10 * 60

    /// Of several replicas one publishes. Another takes over within `leaseSeconds` and `retryLease`.
    private static let leaseSeconds: Int64 = 5
    private static let retryLease: Duration = .seconds(1)
    /// How often the one looks for what other replicas have committed.
    private static let lookForOthers: Duration = .milliseconds(100)

    private let store: any OutboxStore
    private let lease: any Lease
    private let log: any EventLog
    private let logger: Logger
    private let wakeUp = WakeUp()
    private let stopping = Atomic(false)
    private let relaying = BackgroundTask()
    private let cleaning = BackgroundTask()

    package init(store: any OutboxStore, lease: any Lease, log: any EventLog, logger: Logger) {
        self.store = store
        self.lease = lease
        self.log = log
        self.logger = logger
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

    private func run() async {
        var backoff = Backoff()
        var asked: (at: ContinuousClock.Instant, isHeld: Bool)?
        while true {
            do {
                // Asked for again every second, and not for every commit.
                if asked.map({ .now - $0.at >= Self.retryLease }) ?? true {
                    asked = (.now, try await lease.hold(for: Self.leaseSeconds))
                }
                guard asked?.isHeld == true else {
                    if stopping.load(ordering: .relaxed) { return }
                    await wakeUp.wait(atMost: Self.retryLease)
                    continue
                }
                let progress = try await pass()
                if progress == .stuck {
                    if stopping.load(ordering: .relaxed) { return }
                    try? await Task.sleep(for: backoff.next())
                    continue
                }
                backoff.reset()
                // What other replicas go on committing is left to whoever holds the lease next.
                if progress == .moved, !(lease.isShared && stopping.load(ordering: .relaxed)) { continue }
            } catch {
                logger.warning("the outbox could not be read or marked; trying again", ["error": "\(error)"])
                if stopping.load(ordering: .relaxed) { return }
                try? await Task.sleep(for: backoff.next())
                continue
            }
            if stopping.load(ordering: .relaxed) { return }
            if lease.isShared { await wakeUp.wait(atMost: Self.lookForOthers) } else { await wakeUp.wait() }
        }
    }

    private enum Progress { case idle, moved, stuck }

    private func pass() async throws -> Progress {
        let rows = firstOfEachKey(try await store.pending(limit: Self.batch))
        guard !rows.isEmpty else { return .idle }
        let results = await log.append(rows.map { $0.event.event.record(topic: $0.event.topic) })
        var published: [Int64] = []
        var trouble: EventLogError?
        for (row, result) in zip(rows, results) {
            switch result {
            case .success:
                published.append(row.position)
            case .failure(let error) where error.kind == .refused:
                logger.error(
                    "the log refuses an event; it stays in the outbox, and so do later ones of its key",
                    [
                        "event_id": row.event.event.id.description, "subject": row.event.event.subject.string,
                        "error": error.message,
                    ])
                try await store.markRefused(row.position, reason: error.message)
            case .failure(let error):
                trouble = error
            }
        }
        if !published.isEmpty { try await store.markPublished(published) }
        guard let trouble else { return .moved }
        logger.warning("the log takes no events for now; they wait in the outbox", ["error": trouble.message])
        return .stuck
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
            } catch {
                logger.warning("published events could not be cleaned up; trying again", ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(30))
        }
    }
}
