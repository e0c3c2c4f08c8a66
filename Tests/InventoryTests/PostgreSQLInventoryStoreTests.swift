import Causes
import ExactText
import Identifiers
import InventoryAPI
import Outbox
import PostgreSQL
import Shop
import TestDatabase
import Testing

@testable import Inventory

@Suite(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
struct PostgreSQLInventoryStoreTests {
    @Test func eachTableIsKnown() async throws {
        #expect(try await TestPostgreSQL.untoldTables(of: PostgreSQLInventoryMigrations.all) == [])
    }

    @Test(arguments: InventoryStoreContract.promises) func keeps(_ promise: Promise<InventoryStoreContract>)
        async throws
    {
        try await withPostgreSQL(PostgreSQLInventoryMigrations.all) { database in
            try await promise.check(
                InventoryStoreContract(
                    store: PostgreSQLInventoryStore(database), outbox: PostgreSQLOutbox(database)
                ))
        }
    }

    @Test func noStatementGoesThroughATable() async throws {
        try await TestPostgreSQL.withURL { url in
            let database = try await PostgreSQLDatabase(url: url, migrations: PostgreSQLInventoryMigrations.all)
            let store = PostgreSQLInventoryStore(database)
            try await InventoryStoreContract(store: store, outbox: PostgreSQLOutbox(database))
                .runEverything(reader: store)
            let scans = try await QueryPlans.scans(
                in: database, url: url, small: ["open_batches"], sparing: InventoryStoreContract.readsEverything)
            #expect(scans == [])
            await database.close()
        }
    }

    /// A hundred calls at once, of orders over two products in either order, for stock of thirty: thirty are reserved.
    @Test func nothingIsOversold() async throws {
        try await withPostgreSQL(PostgreSQLInventoryMigrations.all) { database in
            let store = PostgreSQLInventoryStore(database)
            let replicas = (0..<4).map { _ in PostgreSQLInventoryStore(database) }
            // One product to Swift's String: they are locked in the order of their bytes, which is the database's.
            let products: [ProductID] = ["A\u{30a}", "\u{c5}"]
            for id in products {
                let product = NewProduct(
                    productID: id, name: "x", price: Money(amount: 1, currency: "EUR"), quantity: 30,
                    lowStockThreshold: 0)
                _ = try await store.add(product, cause: .unknown)
            }
            let reserved = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    let ids = number % 2 == 0 ? products : products.reversed()
                    group.addTask {
                        let call = ReserveCall(
                            batchID: .time(), closed: [],
                            reservations: [
                                .init(orderID: .time(), items: ids.map { .init(productID: $0, quantity: 1) })
                            ])
                        let outcome = try await replicas[number % 4].reserve([call], causes: [.unknown])[0][0]
                        if case .reserved = outcome { return 1 }
                        return 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(reserved == 30)
            for id in products {
                let product = try #require(try await store.product(id))
                #expect(product.available == 0 && product.reserved == 30)
            }
        }
    }

    /// Twenty calls for one order at once: it is reserved once, and all get the same answer.
    @Test func anOrderIsReservedOnce() async throws {
        try await withPostgreSQL(PostgreSQLInventoryMigrations.all) { database in
            let store = PostgreSQLInventoryStore(database)
            let replicas = (0..<4).map { _ in PostgreSQLInventoryStore(database) }
            try await store.seed(NewProduct.firstStart)
            let order = Identifier.time()
            let call = ReserveCall(
                batchID: .time(), closed: [],
                reservations: [.init(orderID: order, items: [.init(productID: "PROD-001", quantity: 1)])])
            let outcomes = try await withThrowingTaskGroup(of: ReservationOutcome.self) { group in
                for number in 0..<20 {
                    group.addTask { try await replicas[number % 4].reserve([call], causes: [.unknown])[0][0] }
                }
                return try await group.reduce(into: [ReservationOutcome]()) { $0.append($1) }
            }
            #expect(Set(outcomes).count == 1)
            #expect(try await store.product("PROD-001")?.reserved == 1)
        }
    }
}
