import EventLog
import Pacing
import Synchronization

/// Tries again what the log did not take, beside the relay, so that what it takes waits for none of it: refused rows at a
/// pace of their own, partitions that are away with one row each.
final class OutboxRetries: Sendable {
    /// Refused rows that are tried again at a time. To find out that none of them passes takes two requests each. Once one
    /// passes, as many as in any pass are tried.
    private static let trial = 8
    private static let betweenTrials: Duration = .seconds(1)
    /// Rows that step back into the line at a time.
    private static let portion = 1_000
    /// How often the backlog is read of an outbox in which other replicas, too, put rows aside.
    private static let lookForOthers: Duration = .seconds(3)

    private let store: any OutboxStore
    private let log: any EventLog
    private let sender: OutboxSender
    private let status: OutboxStatus
    private let away: AwayPartitions
    /// Whether other replicas use the same outbox.
    private let isShared: Bool
    /// Whether this process is the one that publishes.
    private let isOurs: @Sendable () -> Bool
    /// The relay has something to do.
    private let moved: @Sendable () -> Void
    private let wakeUp = WakeUp()
    private let task = BackgroundTask()
    /// Whether rows may be aside whose partitions are not away.
    private let mayFree = Atomic(false)

    init(
        log: any EventLog, sender: OutboxSender, isShared: Bool, isOurs: @escaping @Sendable () -> Bool,
        moved: @escaping @Sendable () -> Void
    ) {
        store = sender.store
        status = sender.status
        away = sender.away
        self.log = log
        self.sender = sender
        self.isShared = isShared
        self.isOurs = isOurs
        self.moved = moved
    }

    func start() {
        task.start { await self.run() }
    }

    func stop() async {
        await task.stop(waking: wakeUp)
    }

    /// Something was refused.
    func wake() { wakeUp.signal() }

    /// The relay has put rows aside. `returns`: `AwayPartitions.returns` as it was before it looked which partitions are away.
    /// One that came back since has freed what was aside then, and not yet these.
    func noteAside(since returns: Int) {
        if away.returns != returns { mayFree.store(true, ordering: .relaxed) }
        wakeUp.signal()
    }

    /// This process begins to publish, or ends. Which partitions are away is known to whoever publishes: what another, or this
    /// one before, had put aside is free, also what it put aside after another had begun.
    func forget() {
        away.removeAll()
        mayFree.store(true, ordering: .relaxed)
        wakeUp.signal()
    }

    /// When refused rows are tried again, and how many.
    private struct Trials {
        var next = ContinuousClock.now
        var count = OutboxRetries.trial
    }

    private func run() async {
        var trials = Trials()
        var asking = (next: ContinuousClock.now, backoff: Backoff(atMost: 5))
        while !Task.isCancelled {
            var hasFailed = false
            do {
                // What was found while the lease was lost.
                if !isOurs(), !away.isEmpty { forget() }
                if mayFree.load(ordering: .relaxed) { try await freeAside() }
                if isOurs() {
                    try await askAway(&asking.next, &asking.backoff)
                    status.note(backlog: try await store.backlog())
                    if away.isEmpty, status.backlog.aside > 0 { try await freeAside() }
                    if try await tryRefused(&trials) { continue }
                }
                status.works(.retries)
            } catch {
                hasFailed = true
                status.failed(.retries, "\(error)")
            }
            if hasFailed || status.hasWaiting || !away.isEmpty || mayFree.load(ordering: .relaxed) {
                await wakeUp.wait(atMost: Self.betweenTrials)
            } else if isShared {
                await wakeUp.wait(atMost: Self.lookForOthers)
            } else {
                await wakeUp.wait()
            }
        }
    }

    // MARK: Partitions that are away

    /// Each with a row that goes there; what was put aside is free as soon as one answers.
    private func askAway(_ next: inout ContinuousClock.Instant, _ backoff: inout Backoff) async throws {
        for topic in away.uncounted {
            if let count = try? await log.partitions(of: topic) { away.note(count, of: topic) }
        }
        let all = away.all
        guard !all.isEmpty else { return backoff.reset() }
        guard next <= .now else { return }
        let (sender, log) = (sender, log)
        try await withThrowingTaskGroup(of: LogPartition?.self) { tasks in
            for (partition, away) in all {
                tasks.addTask {
                    let sent = try await sender.send([away.sample], by: log.probe)
                    return sent.wasAnswered ? partition : nil
                }
            }
            for try await partition in tasks {
                guard let partition else { continue }
                away.remove(partition)
                status.log(partition, isAway: nil)
                backoff.reset()
                try await freeAside()
            }
        }
        next = .now + backoff.next()
    }

    /// Those of partitions that are still away are put aside again, unsent.
    private func freeAside() async throws {
        // Rows that step aside from here on may be too late for this.
        mayFree.store(false, ordering: .relaxed)
        do {
            while try await store.freeAside(limit: Self.portion) == Self.portion { moved() }
        } catch {
            mayFree.store(true, ordering: .relaxed)
            throw error
        }
        moved()
    }

    // MARK: Refused rows

    /// Tries those whose time has come; answers whether one passed.
    private func tryRefused(_ trials: inout Trials) async throws -> Bool {
        // Of a log that is away the relay finds out for itself.
        guard status.hasRefusals, !status.isAway, trials.next <= .now else { return false }
        let rows = firstOfEachKey(try await store.due(limit: trials.count))
        let sent = try await sender.send(rows, by: log.probe)
        let known = away.all
        try await sender.putAside(
            sent.failed.filter { failure in
                failure.isOfPartition && (sent.wasAnswered || failure.error.partition.map { known[$0] != nil } == true)
            })
        guard !sent.published.isEmpty else {
            trials = Trials(next: .now + Self.betweenTrials)
            return false
        }
        // Mended, for some at least: the others need not wait.
        trials = Trials(next: .now, count: OutboxRelay.batch)
        status.logPassed(count: sent.published.count)
        status.note(backlog: try await store.backlog())
        moved()
        return true
    }
}
