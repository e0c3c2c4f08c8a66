import Databases
import EventLog
import Foundation
import Identifiers
import PostgreSQL
import Synchronization
import Telemetry
import TestDatabase
import TestLog
import Testing

@testable import Identity
@testable import Inventory
@testable import Orders

/// A log that is away at the start.
@Suite struct BoundLogTests {
    private let record = LogRecord(topic: "orders", key: nil, value: Array("{}".utf8))

    private func withLogs(_ body: (FaultyLog, BoundLog) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString).db").path
        let embedded = try await EmbeddedEventLog(path: path)
        try await embedded.create([TopicDeclaration(name: "orders", partitions: 2, retention: nil)])
        let log = FaultyLog(embedded)
        let bound = BoundLog(log, logger: .silent)
        do {
            try await body(log, bound)
        } catch {
            await bound.close()
            throw error
        }
        await bound.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while try await !condition() {
            guard ContinuousClock.now < end else { throw Late(what: what) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
    private struct Late: Error { let what: String }

    @Test func nothingIsAppendedBeforeTheLogHasSaidWhoseItIs() async throws {
        try await withLogs { log, bound in
            try await withDatabase(SQLiteOrderMigrations.all) { database in
                let store = ShopDatabase(.order, in: database)
                log.isAway = true
                try await bound.admit(store)
                await #expect(throws: EventLogError.self) { try await bound.append([record])[0].get() }
                await #expect(throws: EventLogError.self) { try await bound.consumer(group: "g", topics: ["orders"]) }
                #expect(bound.refusal == nil)
                log.isAway = false
                try await eventually("an append") { (try? await bound.append([record])[0].get()) != nil }
                let identity = try #require(try await store.identity())
                #expect(try await ShopRecord.read(log).shop == identity.shop)
                #expect(try await log.identity() == identity.log)
            }
        }
    }

    /// Whoever sends to a topic that is not there has it made by the broker, as the broker likes.
    @Test(arguments: [true, false]) func theTopicIsThereBeforeAnythingIsAppended(_ isAway: Bool) async throws {
        try await withLogs { log, _ in
            let inventory = TopicDeclaration(name: "inventory", partitions: 6, retention: nil)
            let bound = BoundLog(log, topics: [inventory], logger: .silent)
            try await withDatabase(SQLiteInventoryMigrations.all) { database in
                log.isAway = isAway
                try await bound.admit(ShopDatabase(.inventory, in: database))
                log.isAway = false
                try await eventually("a topic") { try await log.existing(["inventory"]) == ["inventory"] }
                #expect(try await log.ranges(topic: "inventory").count == 6)
            }
        }
    }

    @Test func aLogThatTurnsOutToBeAnothersIsNotUsed() async throws {
        try await withLogs { log, bound in
            try await withDatabase(SQLiteOrderMigrations.all) { database in
                let store = ShopDatabase(.order, in: database)
                try await store.bind(to: StoreIdentity(shop: .time(), log: "kafka:another"))
                log.isAway = true
                try await bound.admit(store)
                log.isAway = false
                try await eventually("a refusal") { bound.refusal != nil }
                #expect(bound.refusal?.contains("orderlog adopt") == true)
                await #expect(throws: EventLogError.self) { try await bound.append([record])[0].get() }
                #expect(try await log.ranges(topic: "orders").allSatisfy { $0.end == 0 })
            }
        }
    }

    /// What is in one partition can't be counted for a while, and everything else goes on.
    @Test func aServiceStartsAgainWhileAPartitionHasNoLeader() async throws {
        try await withLogs { log, bound in
            try await withDatabase(SQLiteOrderMigrations.all) { database in
                let store = ShopDatabase(.order, in: database)
                try await store.admit(to: log)
                log.withoutLeader = ["orders"]
                try await bound.admit(store)
                _ = try await bound.append([record])[0].get()
                #expect(bound.admitted.count == 1)
            }
        }
    }

    /// The log was made anew: what it holds, or does not, decides.
    @Test func aLogOfTheSameNameIsLookedAt() {
        let shop = Identifier.time()
        func verdict(_ history: LogHistory, published: Bool, shop other: Identifier? = nil) -> Admission.Verdict {
            Admission(
                store: StoreIdentity(shop: shop, log: "kafka:one"), storeHasHistory: published, isOrigin: true,
                log: "kafka:one", shop: other, history: history
            ).verdict
        }
        #expect(verdict(.none, published: true) == .refused(.logLost))
        #expect(verdict(.none, published: false) == .bind(shop))
        #expect(verdict(.known, published: true) == .bind(shop))
        #expect(verdict(.foreign, published: true) == .refused(.historyUnknown))
        #expect(verdict(.none, published: true, shop: shop) == .admitted)
        #expect(verdict(.none, published: true, shop: .time()) == .refused(.otherShop))
    }

    /// Of two who claim a log at once, one wins, and both know who.
    @Test func theFirstClaimCounts() async throws {
        try await withLogs { log, _ in
            async let one = ShopRecord.claim(log, for: .time())
            async let two = ShopRecord.claim(log, for: .time())
            let (first, second) = try await (one, two)
            #expect(first == second)
        }
    }
}

@Suite(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"))
struct PostgreSQLIdentityTests {
    @Test func aDatabaseOnPostgreSQLIsBoundAndRefused() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString).db").path
        let log = try await EmbeddedEventLog(path: path)
        try await log.create([TopicDeclaration(name: "orders", partitions: 2, retention: nil)])
        try await TestPostgreSQL.withURL { url in
            let database = try await OrderDatabase.open(.postgreSQL(url: url, passwordFile: nil), for: .service)
            let store = database.membership
            #expect(try await store.identity() == nil)
            try await store.admit(to: log)
            #expect(try await store.identity()?.log == log.identity())
            try await store.admit(to: log)
            try await store.bind(to: StoreIdentity(shop: .time(), log: try await log.identity()))
            await #expect(throws: WrongLog.self) { try await store.admit(to: log) }
            await database.connection.close()
            // A position that a rolled back transaction left out says nothing; an event that was removed does.
            let orders = try await PostgreSQLDatabase(
                url: url, hallmark: "orders", migrations: PostgreSQLOrderMigrations.all)
            let again = ShopDatabase(.order, in: orders)
            try await orders.write { connection in
                _ = try connection.run("SELECT nextval(pg_get_serial_sequence('outbox', 'position'))")
                try connection.execute(
                    """
                    INSERT INTO orders (order_id, status, version, items, total, currency, created_at, updated_at)
                    VALUES (gen_random_uuid(), 'confirmed', 1, '[]', 1, 'USD', 1, 1)
                    """)
                try connection.execute(
                    """
                    INSERT INTO outbox (event_id, topic, type, source, time, subject, data)
                    VALUES (gen_random_uuid(), 'orders', 'orderlog.OrderConfirmed.v1', '/x', 1, 'x', '{}')
                    """)
            }
            #expect(try await again.hasHistory() == false)
            #expect(try await again.published() == 0)
            try await orders.write { try $0.execute("DELETE FROM outbox") }
            #expect(try await again.hasHistory())
            let published = try await again.published()
            #expect(published == 1)
            let loss = again.loss(of: published, now: try await log.ranges(topic: "orders"))
            #expect(loss?.contains("orderlog audit --republish") == true)
            await orders.close()
            // Another service's database.
            await #expect(throws: (any Error).self) {
                try await PostgreSQLDatabase(url: url, hallmark: "products", migrations: PostgreSQLOrderMigrations.all)
                    .close()
            }
        }
        await log.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
