import EventLog
import Foundation
import Identifiers
import PostgreSQL
import ServiceHost
import Synchronization
import Telemetry
import TestDatabase
import Testing

@testable import Identity
@testable import Inventory
@testable import Orders

/// A log that is away at the start.
@Suite struct BoundLogTests {
    private let record = LogRecord(topic: "orders", key: nil, value: Array("{}".utf8))

    private func withLogs(_ body: (AwayLog, BoundLog) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString).db").path
        let embedded = try await EmbeddedEventLog(path: path)
        try await embedded.create([TopicDeclaration(name: "orders", partitions: 2, retention: nil)])
        let log = AwayLog(embedded)
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
                #expect(try await ShopRecord.read(log) == identity.shop)
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
