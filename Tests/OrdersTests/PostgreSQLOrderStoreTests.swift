import Outbox
import PostgreSQL
import TestDatabase
import Testing

@testable import Orders

@Suite(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
struct PostgreSQLOrderStoreTests {
    @Test func eachTableIsKnown() async throws {
        #expect(try await TestPostgreSQL.untoldTables(of: PostgreSQLOrderMigrations.all) == [])
    }

    @Test(arguments: OrderStoreContract.promises) func keeps(_ promise: Promise<OrderStoreContract>) async throws {
        try await withPostgreSQL(PostgreSQLOrderMigrations.all) { database in
            try await promise.check(
                OrderStoreContract(store: PostgreSQLOrderStore(database), outbox: PostgreSQLOutbox(database)))
        }
    }

    @Test func knowsWhatCanBeKnownOfEarlierOrders() async throws {
        try await withPostgreSQL(PostgreSQLOrderMigrations.all) { database in
            try await OrderStoreContract(store: PostgreSQLOrderStore(database), outbox: PostgreSQLOutbox(database))
                .knowsWhatCanBeKnown { sql in try await database.write { try $0.execute(sql) } }
        }
    }

    @Test func noStatementGoesThroughATable() async throws {
        try await TestPostgreSQL.withURL { url in
            let database = try await PostgreSQLDatabase(url: url, migrations: PostgreSQLOrderMigrations.all)
            let store = PostgreSQLOrderStore(database)
            try await OrderStoreContract(store: store, outbox: PostgreSQLOutbox(database)).runEverything(reader: store)
            #expect(try await QueryPlans.scans(in: database, url: url, small: [], sparing: []) == [])
            await database.close()
        }
    }

    /// Two attempts at each of many orders, on two replicas at once: exactly one confirms each, with one event.
    @Test func oneOfTwoAttemptsConfirms() async throws {
        try await withPostgreSQL(PostgreSQLOrderMigrations.all) { database in
            let store = PostgreSQLOrderStore(database)
            let other = PostgreSQLOrderStore(database)
            let contract = OrderStoreContract(store: store, outbox: PostgreSQLOutbox(database))
            let orders = try (0..<200).map { _ in try contract.order() }
            async let one = store.confirm(orders)
            async let two = other.confirm(orders.reversed())
            let outcomes = try await (one, two.reversed())
            for (first, second) in zip(outcomes.0, outcomes.1) {
                #expect([first, second].count { $0 == .confirmed } == 1)
            }
            #expect(Set(try await contract.events().map(\.subject)).count == 200)
            #expect(try await contract.events().count == 200)
        }
    }
}
