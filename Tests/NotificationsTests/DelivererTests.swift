import Databases
import Events
import ExactText
import Identifiers
import Synchronization
import Telemetry
import TestClock
import TestDatabase
import TestTelemetry
import Testing
import Timestamps

@testable import Notifications

@Suite struct DelivererTests {
    /// Fails the first tries of each notification.
    private final class Flaky: NotificationSender {
        let channels: Set = [Notification.Channel.email]
        let batch = 256
        let failures: Int64
        let seen = Mutex<[Int64]>([])

        let scope: SendFailure.Scope

        init(failures: Int64, scope: SendFailure.Scope = .messageForNow) {
            self.failures = failures
            self.scope = scope
        }

        func send(_ notifications: [Notification]) async -> [SendFailure?] {
            seen.withLock { $0 += notifications.map(\.attempts) }
            return notifications.map { $0.attempts <= failures ? SendFailure("the mail server is asleep", scope) : nil }
        }
    }

    /// The first retries wait one second and two, so this takes about three.
    @Test func aSenderThatFailsIsTriedAgain() async throws {
        try await deliver(failures: 2, becomes: .sent, tries: [1, 2, 3])
    }

    @Test func whatIsRefusedForGoodIsNotTriedAgain() async throws {
        try await deliver(failures: 1, scope: .message, becomes: .failed, tries: [1])
    }

    @Test func aSenderThatGoesOnFailingIsGivenUpAfterDays() throws {
        let day: Double = 24 * 60 * 60
        let now = Timestamp.now()
        var one = Notification(
            id: .time(), orderID: .time(), kind: .custom, channel: .email, recipient: "", subject: "", body: "",
            status: .queued, attempts: 40, createdAt: now.advanced(bySeconds: -3.9 * day))
        let next = try #require(RetryPlan.next(one, SendFailure("asleep"), at: now))
        #expect((225...300).contains(next.seconds(since: now)))
        // What may be there already, and would be seen twice, comes again rarely.
        let seen = SendFailure("no answer", .everything, mayBeTaken: true, repeatIsSeen: true)
        #expect(try #require(RetryPlan.next(one, seen, at: now)).seconds(since: now) > 4 * 60 * 60)
        one.createdAt = now.advanced(bySeconds: -4.1 * day)
        #expect(RetryPlan.next(one, SendFailure("asleep"), at: now) == nil)
    }

    private func deliver(
        failures: Int64, scope: SendFailure.Scope = .messageForNow, becomes expected: Notification.Status,
        tries: [Int64]
    ) async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            let sender = Flaky(failures: failures, scope: scope)
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

    /// A provider that refuses everybody's messages does not fill the log.
    @Test func manyThatAreRefusedAlikeAreToldOnce() async throws {
        let log = try LogFile()
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            let sender = Flaky(failures: .max)
            let deliverer = Deliverer(store: store, senders: [sender], metrics: Metrics(), logger: log.logger())
            deliverer.start()
            for _ in 0..<20 { try await store.receive([NotificationStoreContract.event(phone: nil)]) }
            deliverer.wake()
            try await waitUntil("all were tried") { sender.seen.withLock { $0.count } >= 20 }
            await deliverer.stop()
        }
        let lines = try log.lines()
        #expect(lines.count { $0.contains("a notification could not be sent") } == 1, "\(lines)")
    }

    /// While it keeps up, nothing is claimed by a transaction of its own.
    @Test func whatIsReceivedIsHandedOver() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = CountedStore(SQLiteNotificationStore(database))
            let sender = Flaky(failures: 0)
            let deliverer = Deliverer(store: store, senders: [sender], metrics: Metrics(), logger: .silent)
            deliverer.start()
            try await waitUntil("it has caught up") { deliverer.hasCaughtUp }
            // Where the machine stalls, what is received is queued after all, and claimed.
            var claims: [Int] = []
            for _ in 0..<20 where claims.last != 0 {
                let before = store.claims.load(ordering: .relaxed)
                let event = NotificationStoreContract.event(phone: nil)
                _ = try await deliverer.receive([ReceivedEvent(event)], nil)
                try await waitUntil("it is sent, and noted") {
                    let told = try await store.notifications(of: event.order.orderID, Page(limit: 10, after: nil)).items
                    return told.map(\.item.status) == [.sent] && told.map(\.item.attempts) == [1]
                }
                claims.append(store.claims.load(ordering: .relaxed) - before)
            }
            #expect(claims.last == 0, "\(claims)")
            await deliverer.stop()
        }
    }

    /// Holds its batches until its gate is opened.
    private final class Held: NotificationSender {
        let channels: Set<Notification.Channel>
        let batch = 256
        let batches = Atomic(0)
        let gate = Gate()

        init(_ channels: Set<Notification.Channel> = [.email]) {
            self.channels = channels
            gate.shut()
        }

        func send(_ notifications: [Notification]) async -> [SendFailure?] {
            batches.add(1, ordering: .relaxed)
            await gate.pass()
            return notifications.map { _ in nil }
        }
    }

    /// Notes what it is asked to take.
    private final class Taken: SimulatedProvider {
        let calls = Mutex<[[Identifier]]>([])

        func take(_ notifications: [Identifier]) async throws -> Set<Identifier> {
            calls.withLock { $0.append(notifications) }
            return Set(notifications)
        }
    }

    /// Each call is a commit that the customer's message waits for.
    @Test func theSimulatedProviderTakesBothMessagesOfAnOrderAtOnce() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            let provider = Taken()
            let sender = SimulatedSender(provider: provider, logger: .silent)
            let deliverer = Deliverer(store: store, senders: [sender], metrics: Metrics(), logger: .silent)
            deliverer.start()
            try await waitUntil("it has caught up") { deliverer.hasCaughtUp }
            let event = NotificationStoreContract.event()
            _ = try await deliverer.receive([ReceivedEvent(event)], nil)
            try await waitUntil("both are sent") {
                let told = try await store.notifications(of: event.order.orderID, Page(limit: 10, after: nil)).items
                return told.count == 2 && told.allSatisfy { $0.item.status == .sent }
            }
            #expect(provider.calls.withLock { $0.map(\.count) } == [2])
            await deliverer.stop()
        }
    }

    /// Each sender has a lane of its own.
    @Test func aSlowChannelHoldsUpNoOther() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            let (slow, quick) = (Held([.sms]), Flaky(failures: 0))
            let deliverer = Deliverer(store: store, senders: [slow, quick], metrics: Metrics(), logger: .silent)
            deliverer.start()
            try await waitUntil("it has caught up") { deliverer.hasCaughtUp }
            for number in 1...5 {
                _ = try await deliverer.receive([ReceivedEvent(NotificationStoreContract.event(phone: "+49 1"))], nil)
                try await waitUntil("its mail is sent") { quick.seen.withLock { $0.count } == number }
            }
            #expect(slow.batches.load(ordering: .relaxed) <= 1)
            slow.gate.open()
            try await waitUntil("the others, too") {
                try await store.notifications(of: nil, Page(limit: 20, after: nil)).items
                    .allSatisfy { $0.item.status == .sent }
            }
            await deliverer.stop()
        }
    }

    /// What was claimed and not sent yet, another may send at once.
    @Test func stoppingGivesClaimsBack() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            let sender = Held()
            let deliverer = Deliverer(store: store, senders: [sender], metrics: Metrics(), logger: .silent)
            deliverer.start()
            try await waitUntil("it has caught up") { deliverer.hasCaughtUp }
            for _ in 0..<2 {
                _ = try await deliverer.receive([ReceivedEvent(NotificationStoreContract.event(phone: nil))], nil)
                try await waitUntil("the first is being sent") { sender.batches.load(ordering: .relaxed) == 1 }
            }
            async let stopped: Void = deliverer.stop()
            try await waitUntil("it stops") { deliverer.isStopping }
            sender.gate.open()
            await stopped
            let left = try await store.notifications(of: nil, Page(limit: 10, after: nil)).items.map(\.item)
            #expect(left.map(\.status) == [.queued, .sent] && left.map(\.attempts) == [0, 1])
            #expect(try await store.claim(.all, by: .time(), for: 60, limit: 10).map(\.id) == [left[0].id])
        }
    }

    /// A backlog is sent as it comes, and not gathered in the database first; a sender that takes its time stops nothing.
    @Test(arguments: [true, false]) func eventsWaitForTheMessagesOfEarlierOnes(_ mayWait: Bool) async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let sender = Held()
            let receivedAfter = Mutex<[Bool]>([])
            let store = CountedStore(SQLiteNotificationStore(database)) {
                receivedAfter.withLock { $0.append(!sender.gate.isShut) }
            }
            let deliverer = Deliverer(
                store: store, senders: [sender], metrics: Metrics(), logger: .silent,
                patience: mayWait ? .seconds(3_600) : .zero)
            @Sendable func receive() async throws {
                _ = try await deliverer.receive([ReceivedEvent(NotificationStoreContract.event(phone: nil))], nil)
            }
            deliverer.start()
            try await waitUntil("it has caught up") { deliverer.hasCaughtUp }
            try await receive()
            try await waitUntil("the first is being sent") { sender.batches.load(ordering: .relaxed) == 1 }
            // Its message waits for its turn.
            try await receive()
            if mayWait {
                async let third: Void = receive()
                sender.gate.open()
                try await third
            } else {
                try await receive()
                sender.gate.open()
            }
            await deliverer.stop()
            #expect(receivedAfter.withLock { $0 } == [false, false, mayWait])
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
            #expect(try await store.claim(.all, by: .time(), for: 60, limit: 10).count == 1)
            #expect(try await store.claim(.all, by: .time(), for: 60, limit: 10).isEmpty)
            try await store.dropClaims()
            #expect(try await store.claim(.all, by: .time(), for: 60, limit: 10).map(\.attempts) == [2])
        }
    }
}
