import Events
import Identifiers
import ServiceHost
import Synchronization
import Telemetry
import TestDatabase
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
        try await deliver(failures: 2, becomes: .sent, tries: [1, 2, 3])
    }

    /// Waits of 1, 2, 4 and 8 seconds, less what chance takes off.
    @Test func aSenderThatGoesOnFailingIsGivenUp() async throws {
        try await deliver(failures: 100, becomes: .failed, tries: [1, 2, 3, 4, 5])
    }

    private func deliver(failures: Int64, becomes expected: Notification.Status, tries: [Int64]) async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            let sender = Flaky(failures: failures)
            let deliverer = Deliverer(store: store, senders: [sender], metrics: Metrics(), logger: .silent)
            deliverer.start()
            let event = NotificationStoreContract.event(phone: nil)
            try await store.receive([event])
            deliverer.wake()
            let end = ContinuousClock.now + .seconds(60)
            var found: Notification?
            while found?.status != expected, ContinuousClock.now < end {
                found = try await store.notifications(of: event.order.orderID, Page(limit: 1, after: nil)).items.first?
                    .item
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(found?.status == expected && found?.attempts == tries.last)
            #expect(sender.seen.withLock { $0 } == tries)
            await deliverer.stop()
        }
    }

    /// What a provider has taken it does not send again.
    @Test func theSimulatedProviderTakesEachOnce() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { (database) async throws in
            let provider = SQLiteSimulatedProvider(database)
            let ids = (0..<3).map { _ in Identifier.time() }
            #expect(try await provider.take(Array(ids[..<2])) == Set(ids[..<2]))
            #expect(try await provider.take(ids) == [ids[2]])
        }
    }

    /// The claim of a process that died is taken up at once by the next owner of the file.
    @Test func claimsOfTheDeadAreDropped() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { (database) async throws in
            let store = SQLiteNotificationStore(database)
            try await store.receive([NotificationStoreContract.event(phone: nil)])
            #expect(try await store.claim(by: .time(), for: 60, limit: 10).count == 1)
            #expect(try await store.claim(by: .time(), for: 60, limit: 10).isEmpty)
            try await store.dropClaims()
            #expect(try await store.claim(by: .time(), for: 60, limit: 10).map(\.attempts) == [2])
        }
    }
}
