import Causes
import Databases
import EventLog
import Events
import ExactText
import Identifiers
import Inbox
import Shop
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
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let alerts = try #require(StockAlerts("stock@shop.example"))
            let handler = StockAlertHandler(
                alerts: alerts, store: SQLiteNotificationStore(database), committed: {})
            let record = Self.record(Self.event(.stockStatusChanged(from: .inStock), available: 4))
            #expect(try handler.read(record, .none) != nil)
            #expect(try handler.read(record, InboxKnowledge(isOld: true)) == nil)
            var broken = record
            broken.value = Array("{".utf8)
            #expect(try handler.read(broken, .none) == nil)
        }
    }

    @Test func anEventIsToldOnce() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            try await Self.tellsOnce(SQLiteNotificationStore(database))
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func anEventIsToldOnceOnPostgreSQL() async throws {
        try await withPostgreSQL(PostgreSQLNotificationMigrations.all) { database in
            try await Self.tellsOnce(PostgreSQLNotificationStore(database))
        }
    }

    private static func tellsOnce(_ store: any NotificationStore) async throws {
        let alerts = try #require(StockAlerts("stock@shop.example,+442079460000"))
        let handler = StockAlertHandler(alerts: alerts, store: store, committed: {})
        let low = event(.stockStatusChanged(from: .inStock), available: 4)
        let out = event(.stockStatusChanged(from: .lowStock), available: 0)
        for events in [[low], [low, out], []] { #expect(try await handler.handle(events, nil).refused.isEmpty) }
        let told = try await store.notifications(
            NotificationFilter(recipient: "stock@shop.example"), Page(limit: 10, after: nil))
        #expect(
            told.items.map(\.item.subject) == [
                "Out of stock: Grüner Tee (TEA-1)", "Low on stock: Grüner Tee (TEA-1)",
            ])
        #expect(
            told.items.map(\.item.status) == [.queued, .queued] && told.items.map(\.item.orderID) == [out.id, low.id])
    }
}
