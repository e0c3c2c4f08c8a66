import Causes
import Databases
import EventLog
import Events
import ExactText
import Identifiers
import Inbox
import Shop
import Telemetry
import TestClock
import TestDatabase
import Testing
import Timestamps

@testable import Notifications

/// The shop is told what becomes low or runs out, once.
@Suite struct StockAlertsTests {
    private static let now = Timestamp(milliseconds: 1_767_225_600_000)

    private static func event(
        _ change: InventoryEvent.Change, available: Int64, isArchived: Bool = false
    ) -> InventoryEvent {
        InventoryEvent(
            id: .time(), change: change, time: now, cause: .unknown,
            product: InventoryEvent.Product(
                productID: "TEA-1", name: "Grüner Tee", price: Money(amount: 1, currency: "EUR"), available: available,
                reserved: 3, lowStockThreshold: 5, isArchived: isArchived, updatedAt: now))
    }

    private static func record(_ event: InventoryEvent) -> StoredRecord {
        let record = event.cloudEvent.record(topic: Topics.inventory)
        return StoredRecord(
            position: LogPosition(topic: Topics.inventory, partition: 0, offset: 0), key: record.key,
            headers: record.headers, value: record.value, timestamp: record.timestamp ?? 0)
    }

    @Test func addressesArePartedByCommas() {
        let alerts = StockAlerts("stock@shop.example, +44 20 7946 0000,stock@shop.example")
        #expect(alerts?.recipients.map(\.email) == ["stock@shop.example", nil])
        #expect(alerts?.recipients.map(\.phone) == [nil, "+44 20 7946 0000"])
        let many = (0...StockAlerts.mostAddresses).map { "a\($0)@shop.example" }.joined(separator: ",")
        for wrong in ["", ",", "stock@shop.example,", "me", "a@b\n", many] {
            #expect(StockAlerts(wrong) == nil, "\(wrong)")
        }
    }

    @Test func whatGetsWorseIsTold() {
        let told: [(InventoryEvent, Bool)] = [
            (Self.event(.stockStatusChanged(from: .inStock), available: 5), true),
            (Self.event(.stockStatusChanged(from: .inStock), available: 0), true),
            (Self.event(.stockStatusChanged(from: .lowStock), available: 0), true),
            (Self.event(.stockStatusChanged(from: .outOfStock), available: 5), false),
            (Self.event(.stockStatusChanged(from: .outOfStock), available: 50), false),
            (Self.event(.stockStatusChanged(from: .inStock), available: 0, isArchived: true), false),
            (Self.event(.stockTaken(quantity: 1), available: 0), false),
        ]
        for (event, isTold) in told { #expect(StockAlerts.isWorth(telling: event) == isTold, "\(event)") }
    }

    @Test func aMessageNamesTheProductAndItsStock() throws {
        let alerts = try #require(StockAlerts("stock@shop.example,+442079460000"))
        let low = Self.event(.stockStatusChanged(from: .inStock), available: 4)
        let messages = alerts.notifications(of: low, at: Self.now)
        #expect(messages.map(\.channel) == [.email, .sms] && messages.map(\.orderID) == [low.id, low.id])
        #expect(messages.map(\.subject) == ["Low on stock: Grüner Tee (TEA-1)", ""])
        #expect(
            messages[1].body
                == "Grüner Tee (TEA-1) is low on stock: 4 can be ordered, 3 are reserved for orders. It is low at 5 or fewer."
        )
        let out = alerts.notifications(of: Self.event(.stockStatusChanged(from: .lowStock), available: 0), at: Self.now)
        #expect(out[0].subject == "Out of stock: Grüner Tee (TEA-1)")
        #expect(Set((messages + out).map(\.id)).count == 4)
        #expect(alerts.notifications(of: low, at: .now()).map(\.id) == messages.map(\.id), "the same event, the same")
    }

    @Test func whatHappenedBeforeOrCannotBeReadIsPassedOver() async throws {
        try await withHandler { handler, _, _ in
            let record = Self.record(Self.event(.stockStatusChanged(from: .inStock), available: 4))
            let fresh = try handler.read(record, .none)
            #expect(fresh != nil)
            #expect(try handler.read(record, InboxKnowledge(isOld: true)) == nil)
            var broken = record
            broken.value = Array("{".utf8)
            #expect(try handler.read(broken, .none) == nil)
        }
    }

    @Test func anEventIsToldOnce() async throws {
        try await withHandler { handler, store, _ in
            let low = Self.event(.stockStatusChanged(from: .inStock), available: 4)
            let out = Self.event(.stockStatusChanged(from: .lowStock), available: 0)
            for (events, repeats) in [([low], 0), ([low, out], 1), ([low, out], 2), ([], 0)] {
                #expect(try await handler.handle(events, nil) == HandledEvents(repeats: repeats))
            }
            let told = try await Self.told(store)
            #expect(
                told.map(\.subject) == ["Out of stock: Grüner Tee (TEA-1)", "Low on stock: Grüner Tee (TEA-1)"])
            #expect(told.map(\.status) == [.queued, .queued] && told.map(\.orderID) == [out.id, low.id])
        }
    }

    /// As after a night in which nobody read, or a month in which nobody wanted to be told.
    @Test func whatHappenedLongAgoIsNotToldLate() async throws {
        try await withHandler { handler, store, clock in
            let low = Self.event(.stockStatusChanged(from: .inStock), available: 4)
            clock.advance(by: .seconds(StockAlert.pause + 1))
            let handled = try await handler.handle([low], nil)
            #expect(handled == HandledEvents())
            #expect(try await Self.told(store).isEmpty)
            var late = Self.event(.stockStatusChanged(from: .inStock), available: 4)
            late.time = clock.time.advanced(bySeconds: -Double(StockAlert.pause))
            #expect(try await handler.handle([low, late], nil) == HandledEvents())
            #expect(try await Self.told(store).map(\.orderID) == [late.id])
        }
    }

    /// Inventory's clock is ahead by a day, and is set right: what runs low then is told.
    @Test func aClockThatWasAheadSilencesNobody() async throws {
        try await withHandler { handler, store, clock in
            var ahead = Self.event(.stockStatusChanged(from: .inStock), available: 4)
            ahead.time = clock.time.advanced(bySeconds: 24 * 3_600)
            _ = try await handler.handle([ahead], nil)
            clock.advance(by: .seconds(StockAlert.pause))
            var low = Self.event(.stockStatusChanged(from: .inStock), available: 4)
            low.time = clock.time
            _ = try await handler.handle([low], nil)
            #expect(try await Self.told(store).map(\.orderID) == [low.id, ahead.id])
        }
    }

    private static func told(_ store: any NotificationStore) async throws -> [Notifications.Notification] {
        try await store.notifications(
            NotificationFilter(recipient: "stock@shop.example"), Page(limit: 10, after: nil)
        ).items.map(\.item)
    }

    private func withHandler(
        _ body: (StockAlertHandler, any NotificationStore, TestClock) async throws -> Void
    ) async throws {
        let clock = TestClock(Self.now)
        let alerts = try #require(StockAlerts("stock@shop.example,+442079460000"))
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            let handler = StockAlertHandler(alerts: alerts, store: store, clock: clock, logger: .silent) {}
            try await body(handler, store, clock)
        }
    }
}
