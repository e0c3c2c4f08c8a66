import Events
import ServiceHost
import Synchronization
import Telemetry
import Testing

@testable import Notifications

@Suite struct DelivererTests {
    /// Fails the first tries of each notification.
    private final class Flaky: NotificationSender {
        let channel = Notification.Channel.email
        let failures: Int64
        let seen = Mutex<[Int64]>([])

        init(failures: Int64) { self.failures = failures }

        func send(_ notifications: [Notification]) async -> [SendFailure?] {
            seen.withLock { $0 += notifications.map(\.attempts) }
            return notifications.map { $0.attempts <= failures ? SendFailure("the mail server is asleep") : nil }
        }
    }

    /// The first retries wait one second and two, so this takes about three.
    @Test func aSenderThatFailsIsTriedAgain() async throws {
        try await withNotificationDatabase { database in
            let store = SQLiteNotificationStore(database)
            let sender = Flaky(failures: 2)
            let deliverer = Deliverer(store: store, senders: [sender], metrics: Metrics(), logger: .silent)
            deliverer.start()
            let event = NotificationStoreContract.event(phone: nil)
            try await store.receive([event])
            deliverer.wake()
            let end = ContinuousClock.now + .seconds(20)
            var status: Notification.Status?
            while status != .sent, ContinuousClock.now < end {
                status = try await store.notifications(of: event.order.orderID, Page(limit: 1, after: nil)).first?
                    .notification.status
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(status == .sent)
            #expect(sender.seen.withLock { $0 } == [1, 2, 3])
            await deliverer.stop()
        }
    }
}
