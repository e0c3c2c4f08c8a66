import Identifiers
import Pacing
import Synchronization
package import Telemetry
import Timestamps

/// Delivers what is queued: woken by each commit that queued something, in batches.
///
/// A notification is claimed in the database before it is sent and marked after: when the claimant dies in between,
/// another takes it up when the claim ends, under the same id, which the sender takes for its idempotency key.
package final class Deliverer: Sendable {
    private static let batch = 256
    /// Seconds. Longer than a sender may take for a batch.
    private static let claim: Int64 = 30
    private static let mostAttempts: Int64 = 5

    /// Of a database that replicas share: how often to look for what they left, for one may have died before it delivered.
    private static let lookForOthers: Duration = .seconds(2)

    private let store: any NotificationStore
    private let isShared: Bool
    private let senders: [any NotificationSender]
    private let logger: Logger
    private let delivered: Counter
    private let owner = Identifier.time()
    private let wakeUp = WakeUp()
    private let stopping = Atomic(false)
    private let task = BackgroundTask()

    /// `isShared`: other replicas use the same store.
    package init(
        store: any NotificationStore, senders: [any NotificationSender], isShared: Bool = false, metrics: Metrics,
        logger: Logger
    ) {
        self.store = store
        self.isShared = isShared
        self.senders = senders
        self.logger = logger
        delivered = metrics.counter(
            "orderlog_notifications", "Notifications by what became of them.", labels: ["channel", "status"])
    }

    package func start() {
        wakeUp.signal()
        task.start { await self.run() }
    }

    /// Something was queued.
    package func wake() { wakeUp.signal() }

    /// Ends after the batch in hand.
    package func stop() async {
        stopping.store(true, ordering: .relaxed)
        wakeUp.signal()
        await task.ended()
    }

    private func run() async {
        var backoff = Backoff()
        while !stopping.load(ordering: .relaxed) {
            do {
                let claimed = try await store.claim(by: owner, for: Self.claim, limit: Self.batch)
                if claimed.isEmpty {
                    await waitForWork(nextDue: try await store.nextDue())
                } else {
                    try await store.finish(await send(claimed), by: owner)
                }
                backoff.reset()
            } catch {
                logger.warning("notifications can't be read or marked; trying again", ["error": "\(error)"])
                await wakeUp.wait(atMost: backoff.next())
            }
        }
    }

    private func waitForWork(nextDue: Timestamp?) async {
        let due = nextDue.map { Duration.milliseconds(max($0.milliseconds - Timestamp.now().milliseconds, 1)) }
        guard let wait = isShared ? min(due ?? Self.lookForOthers, Self.lookForOthers) : due else {
            return await wakeUp.wait()
        }
        await wakeUp.wait(atMost: wait)
    }

    private func send(_ claimed: [Notification]) async -> [Delivery] {
        await withTaskGroup(of: [Delivery].self) { group in
            for sender in senders {
                let mine = claimed.filter { $0.channel == sender.channel }
                guard !mine.isEmpty else { continue }
                group.addTask { await self.send(mine, with: sender) }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func send(_ notifications: [Notification], with sender: any NotificationSender) async -> [Delivery] {
        let failures = await sender.send(notifications)
        let now = Timestamp.now()
        return zip(notifications, failures).map { notification, failure in
            let outcome = outcome(notification, failure, now)
            return Delivery(notification: notification.id, outcome: outcome)
        }
    }

    private func outcome(_ notification: Notification, _ failure: SendFailure?, _ now: Timestamp) -> Delivery.Outcome {
        guard let failure else {
            delivered.add(1, notification.channel.rawValue, "sent")
            return .sent(at: now)
        }
        let fields: KeyValuePairs = [
            "notification_id": notification.id.description, "attempts": "\(notification.attempts)",
            "error": failure.message,
        ]
        guard notification.attempts < Self.mostAttempts else {
            delivered.add(1, notification.channel.rawValue, "failed")
            logger.error("a notification failed for good", fields)
            return .failed
        }
        logger.warning("a notification could not be sent; it is tried again", fields)
        // 1, 2, 4, 8 seconds, a quarter of it at random.
        let wait = Double(1 << (notification.attempts - 1)) * Double.random(in: 0.75...1)
        return .retry(at: now.advanced(bySeconds: wait))
    }
}
