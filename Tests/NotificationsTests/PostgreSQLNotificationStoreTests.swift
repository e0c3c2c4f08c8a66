import Identifiers
import PostgreSQL
import Shop
import TestDatabase
import Testing
import Timestamps

@testable import Notifications

@Suite(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
struct PostgreSQLNotificationStoreTests {
    @Test func eachTableIsKnown() async throws {
        #expect(try await TestPostgreSQL.untoldTables(of: PostgreSQLNotificationMigrations.all) == [])
    }

    @Test(arguments: NotificationStoreContract.promises) func keeps(_ promise: Promise<NotificationStoreContract>)
        async throws
    {
        try await withPostgreSQL(PostgreSQLNotificationMigrations.all) { database in
            try await promise.check(NotificationStoreContract(store: PostgreSQLNotificationStore(database)))
        }
    }

    @Test func noStatementGoesThroughATable() async throws {
        try await TestPostgreSQL.withURL { url in
            let database = try await PostgreSQLDatabase(url: url, migrations: PostgreSQLNotificationMigrations.all)
            let store = PostgreSQLNotificationStore(database)
            try await NotificationStoreContract(store: store).runEverything(reader: store)
            #expect(try await QueryPlans.scans(in: database, url: url, small: [], sparing: []) == [])
            await database.close()
        }
    }

    /// The same events on two replicas at once, as after a rebalance; then two that claim at once: everything once.
    @Test func replicasDoubleNothing() async throws {
        try await withPostgreSQL(PostgreSQLNotificationMigrations.all) { database in
            let store = PostgreSQLNotificationStore(database)
            let events = (0..<200).map { _ in NotificationStoreContract.event() }
            async let one = store.receive(events)
            async let two = store.receive(events.reversed())
            _ = try await (one, two)
            #expect(try await store.count() == 400)
            async let mine = store.claim(.all, by: .time(), for: 60, limit: 400)
            async let yours = store.claim(.all, by: .time(), for: 60, limit: 400)
            let claimed = try await mine.map(\.id) + yours.map(\.id)
            #expect(claimed.count == Set(claimed).count)
        }
    }

    /// The same events of stock on two replicas at once, in any order: the shop is told each once.
    @Test func replicasTellTheShopOnce() async throws {
        try await withPostgreSQL(PostgreSQLNotificationMigrations.all) { database in
            let store = PostgreSQLNotificationStore(database)
            let to = try #require(StockAlerts("stock@shop.example"))
            let now = Timestamp.now()
            let alerts = (0..<100).compactMap { number in
                StockAlert(
                    NotificationStoreContract.stock("T-\(number)", from: .inStock, available: 1, at: now), to: to,
                    at: now)
            }
            async let one = store.queue(alerts, nil)
            async let two = store.queue(alerts.reversed(), nil)
            #expect(try await one + two == 100)
            #expect(try await store.count() == 100)
        }
    }
}
