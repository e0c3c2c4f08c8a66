import Databases
import Events
import PostgreSQL
import SQLite
import Telemetry
import TestDatabase
import Testing

@testable import Notifications

/// The deliverer gets on however many requests read.
@Suite(.timeLimit(.minutes(1))) struct DelivererReadsTests {
    @Test func besideSQLite() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            try await whileRequestsRead(database) {
                try await delivers(SQLiteNotificationStore(database), SQLiteSimulatedProvider(database))
            }
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
    func besidePostgreSQL() async throws {
        try await withPostgreSQL(PostgreSQLNotificationMigrations.all) { database in
            try await whileRequestsRead(database) {
                try await delivers(PostgreSQLNotificationStore(database), PostgreSQLSimulatedProvider(database))
            }
        }
    }

    /// Twice: behind a batch it asks when the next one is due.
    private func delivers(_ store: some NotificationStore, _ provider: some SimulatedProvider) async throws {
        let sender = SimulatedSender(provider: provider, logger: .silent)
        let deliverer = Deliverer(store: store, senders: [sender], metrics: Metrics(), logger: .silent)
        deliverer.start()
        for _ in 0..<2 {
            let event = NotificationStoreContract.event()
            try await store.receive([event])
            deliverer.wake()
            try await waitUntil("its customer is told") {
                let told = try await store.notifications(of: event.order.orderID, Page(limit: 10, after: nil)).items
                return told.count == 2 && told.allSatisfy { $0.item.status == .sent }
            }
        }
        await deliverer.stop()
    }
}
