import Foundation
import Synchronization
import TestDatabase
import Testing

@testable import PostgreSQL

@Suite(.enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"), .timeLimit(.minutes(2)))
struct PostgreSQLDatabaseTests {
    private static let table = [
        PostgreSQLMigration(version: 1, name: "things", sql: "CREATE TABLE things (id bigint PRIMARY KEY, name text)")
    ]

    @Test func valuesComeBack() async throws {
        try await withPostgreSQL([]) { database in
            try await database.read { connection in
                let uuid = (0..<16).map { UInt8($0 * 16) }
                let result = try connection.run(
                    "SELECT $1::bigint, $2::text, $3::bytea, $4::uuid, $5::text, $6::bytea, $7::bigint, $1 > 0",
                    [
                        .int(-5_000_000_000), .text("Grüße 🎁"), .bytes([0, 255, 1]), .uuid(uuid), .null, .bytes([]),
                        .int(.min),
                    ])
                let row: Void? = result.first { row in
                    #expect(row.int(0) == -5_000_000_000 && row.int(6) == .min && !row.bool(7))
                    #expect(row.text(1) == "Grüße 🎁" && row.optionalText(4) == nil)
                    #expect(row.bytes(2) == [0, 255, 1] && row.bytes(3) == uuid && row.optionalBytes(5) == [])
                }
                #expect(row != nil)
                let arrays = try connection.run(
                    "SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::uuid[])",
                    [.ints([1, -2]), .texts(["", nil]), .byteArrays([nil, [7]]), .uuids([uuid, nil])]
                ).map { ($0.int(0), $0.optionalText(1), $0.optionalBytes(2), $0.optionalBytes(3)) }
                #expect(arrays.map(\.0) == [1, -2] && arrays.map(\.1) == ["", nil])
                #expect(arrays.map(\.2) == [nil, [7]] && arrays.map(\.3) == [uuid, nil])
                #expect(try connection.run("SELECT * FROM unnest($1::bigint[])", [.ints([])]).count == 0)
            }
        }
    }

    /// On one machine there is one clock.
    @Test func theClockIsHeldAgainstTheServers() async throws {
        try await withPostgreSQL([]) { database in
            let offset = try await database.clockOffset()
            #expect(abs(offset) < 60)
        }
    }

    /// One that stalls for long would look like a clock that is off.
    @Test func aQuestionThatTakesLongTellsNoMoreThanIsSure() {
        func offset(_ server: Double) -> Double { PostgreSQLDatabase.offset(of: 100...130, from: server) }
        #expect([60, 100, 115, 130, 142].map(offset) == [40, 0, 0, 0, -12])
    }

    @Test func whatIsNotSyncedIsMadeSureOfWhenAskedFor() async throws {
        @Sendable func setting(_ connection: PostgreSQLConnection) throws -> String? {
            try connection.run("SELECT current_setting('synchronous_commit')").first { $0.text(0) }
        }
        try await withPostgreSQL(Self.table) { database in
            let usual = try await database.write { try setting($0) }
            for id in 1...2 {
                let own = try await database.write(.unsynced) { connection in
                    try connection.execute("INSERT INTO things VALUES ($1, '')", [.int(Int64(id))])
                    return try setting(connection)
                }
                #expect(own == "off")
            }
            // It is the transaction's alone.
            #expect(try await database.write { try setting($0) } == usual)
            let end = try await database.read { connection in
                try connection.run("SELECT pg_current_wal_insert_lsn()::text").first { $0.text(0) }
            }
            #expect(database.commits.withLock { $0.unsynced } == 2)
            #expect(database.commits.withLock { $0.synced } == 0)
            try await database.synced()
            #expect(database.commits.withLock { $0.synced } == 2)
            let isFlushed = try await database.read { connection in
                try connection.run(
                    "SELECT pg_current_wal_flush_lsn() >= $1::text::pg_lsn", [.text(try #require(end))]
                ).first { $0.bool(0) }
            }
            #expect(isFlushed == true)
            // A commit that is synced makes sure of all that ended before it.
            try await database.write(.unsynced) { try $0.execute("INSERT INTO things VALUES (3, '')") }
            try await database.write { try $0.execute("INSERT INTO things VALUES (4, '')") }
            #expect(database.commits.withLock { $0.synced } == 3)
        }
    }

    @Test func aTransactionIsAllOrNothing() async throws {
        struct Enough: Error {}
        try await withPostgreSQL(Self.table) { database in
            await #expect(throws: Enough.self) {
                try await database.write { connection in
                    try connection.run("INSERT INTO things VALUES (1, 'one')")
                    throw Enough()
                }
            }
            // An error of a statement leaves nothing either, and the connection goes on.
            await #expect { try await database.write { try $0.execute("SELECT * FROM nothing") } } throws: {
                ($0 as? PostgreSQLError)?.sqlState == "42P01"
            }
            try await database.write { try $0.execute("INSERT INTO things VALUES (2, 'two')") }
            #expect(try await database.read { try $0.run("SELECT id FROM things").map { $0.int(0) } } == [2])
            await #expect { try await database.write { try $0.execute("INSERT INTO things VALUES (2, '')") } } throws: {
                ($0 as? PostgreSQLError)?.kind == .constraint
            }
        }
    }

    /// What is executed goes out with what is run next, or with COMMIT; an error comes there, and undoes everything.
    @Test func whatNobodyLooksAtTravelsWithTheNextStatement() async throws {
        try await withPostgreSQL(Self.table) { database in
            let seen = try await database.write { connection in
                try connection.run("SELECT 1")
                try connection.execute("INSERT INTO things VALUES (1, 'one')")
                #expect(connection.deferred.count == 1)
                let seen = try connection.run("SELECT id FROM things").map { $0.int(0) }
                #expect(connection.deferred.isEmpty)
                try connection.execute("INSERT INTO things VALUES (2, 'two')")
                return seen
            }
            #expect(seen == [1])
            await #expect {
                try await database.write { connection in
                    try connection.run("INSERT INTO things VALUES (3, 'three')")
                    try connection.execute("INSERT INTO things VALUES (2, 'again')")
                    // It is not known yet.
                    try connection.execute("INSERT INTO things VALUES (4, 'four')")
                }
            } throws: {
                ($0 as? PostgreSQLError)?.kind == .constraint
            }
            await #expect(throws: CancellationError.self) {
                try await database.write { connection in
                    try connection.execute("INSERT INTO things VALUES (5, 'five')")
                    throw CancellationError()
                }
            }
            // However many they are, few are put off at a time.
            try await database.write { connection in
                for number in Int64(10)..<200 {
                    try connection.execute("INSERT INTO things VALUES ($1, '')", [.int(number)])
                    #expect(connection.deferred.count < 100)
                }
            }
            let ids = try await database.read { connection in
                try connection.run("SELECT id FROM things ORDER BY id").map { $0.int(0) }
            }
            #expect(ids == [1, 2] + Array(10..<200))
        }
    }

    @Test func replicasThatStartTogetherMigrateOnce() async throws {
        try await TestPostgreSQL.withURL { url in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let database = try await PostgreSQLDatabase(url: url, connections: 2, migrations: Self.table)
                        await database.close()
                    }
                }
                try await group.waitForAll()
            }
            await #expect {
                _ = try await PostgreSQLDatabase(url: url, migrations: [])
            } throws: {
                ($0 as? PostgreSQLError)?.kind == .newerThanProgram
            }
        }
    }

    /// A connection that the server ends while nobody uses it is replaced without a word; one in a transaction is an error
    /// that says so, and the next transaction has a new one.
    @Test func brokenConnectionsAreReplaced() async throws {
        try await withPostgreSQL(Self.table) { database in
            let end =
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            try await database.write { try $0.execute("INSERT INTO things VALUES (1, 'one')") }
            try await database.read { try $0.execute("SELECT 1") }
            try await database.write { try $0.execute(end) }
            for number in 2..<12 {
                try await database.write { try $0.execute("INSERT INTO things VALUES ($1, '')", [.int(Int64(number))]) }
                _ = try await database.read { try $0.run("SELECT 1").count }
            }
            #expect(try await database.read { try $0.run("SELECT count(*) FROM things").first { $0.int(0) } } == 11)
        }
    }

    /// Two transactions that take two rows in opposite orders, many times: each deadlock is undone and tried again.
    @Test func deadlocksAreTriedAgain() async throws {
        try await withPostgreSQL(Self.table) { database in
            try await database.write { try $0.execute("INSERT INTO things VALUES (1, '0'), (2, '0')") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (first, second) in [(1, 2), (2, 1)] {
                    group.addTask {
                        for _ in 0..<5 {
                            try await database.write { connection in
                                for id in [first, second] {
                                    try connection.run(
                                        "UPDATE things SET name = (name::bigint + 1)::text WHERE id = $1",
                                        [.int(Int64(id))])
                                    try connection.run("SELECT pg_sleep(0.02)")
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let names = try await database.read { try $0.run("SELECT name FROM things").map { $0.text(0) } }
            #expect(names == ["10", "10"])
        }
    }

    /// On a table that is empty, too, and for a moment by the server's clock: the plan is kept when the table grows.
    @Test(arguments: ["$1", "\(PostgreSQLClock.now) - $1"]) func whatHasAnIndexIsLookedForThere(_ bound: String)
        async throws
    {
        try await withPostgreSQL(Self.table) { database in
            let plan = try await database.read { connection in
                try connection.run("EXPLAIN SELECT name FROM things WHERE id <= \(bound)", [.int(10)]).map {
                    $0.text(0)
                }
            }
            #expect(plan.contains { $0.contains("Index Cond") }, "\(plan)")
            #expect(!plan.contains { $0.contains("Seq Scan") || $0.contains("JIT") }, "\(plan)")
        }
    }

    @Test func aServerThatIsNotThereIsNamed() async {
        await #expect {
            _ = try await PostgreSQLDatabase(url: "postgres://nobody@127.0.0.1:1/none", migrations: Self.table)
        } throws: {
            ($0 as? PostgreSQLError)?.kind == .unavailable && "\($0)".contains("127.0.0.1")
        }
    }

    /// The probe wants one connection more than there may be; those that there are work.
    @Test func aFullServerIsNotTakenForOneThatIsGone() async throws {
        try await TestPostgreSQL.withURL { url in
            let role = "full_" + UUID().uuidString.lowercased().replacing("-", with: "")
            _ = try await TestPostgreSQL.rows("CREATE ROLE \(role) LOGIN", in: url)
            _ = try await TestPostgreSQL.rows("GRANT CREATE ON SCHEMA public TO \(role)", in: url)
            let database = try await PostgreSQLDatabase(
                url: url.replacing("postgres@", with: "\(role)@"), migrations: Self.table)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { _ = try await database.write { try $0.run("SELECT pg_sleep(0.5)").count } }
                }
                try await group.waitForAll()
            }
            _ = try await TestPostgreSQL.rows("ALTER ROLE \(role) CONNECTION LIMIT 1", in: url)
            let isFree: Void? = try? await untilUntroubled(database)
            await database.close()
            _ = try await TestPostgreSQL.rows("DROP OWNED BY \(role)", in: url)
            _ = try await TestPostgreSQL.rows("DROP ROLE \(role)", in: url)
            #expect(isFree != nil)
        }
    }

    /// A probe has a second and a half, which a busy machine may take.
    private func untilUntroubled(_ database: PostgreSQLDatabase) async throws {
        try await waitUntil("nothing is known against it") {
            await database.probe()
            return database.trouble == nil
        }
    }

    /// Other applications may have tables in the same schema, and lock them as they like.
    @Test(arguments: [("theirs", false), ("things", true)])
    func onlyATableOfOursIsTroubleWhereItIsLocked(table: String, isTrouble: Bool) async throws {
        try await withPostgreSQL(Self.table) { database in
            try await database.write { try $0.execute("CREATE TABLE theirs (id bigint)") }
            let letGo = DispatchSemaphore(value: 0)
            let (held, isHeld) = AsyncStream.makeStream(of: Void.self)
            async let holding: Void = database.write { connection in
                // Somebody else's session has no time limit.
                try connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                try connection.run("LOCK TABLE \(table)")
                isHeld.finish()
                letGo.wait()
            }
            for await _ in held {}
            if isTrouble { await database.probe() } else { try await untilUntroubled(database) }
            let trouble = database.trouble
            letGo.signal()
            try await holding
            #expect((trouble != nil) == isTrouble)
            try await untilUntroubled(database)
        }
    }

    @Test func theURLsOwnOptionsAreAddedToOurs() async throws {
        try await TestPostgreSQL.withURL { url in
            let options = "options=-c%20lock_timeout%3D1234%20-c%20work_mem%3D5MB"
            let database = try await PostgreSQLDatabase(
                url: url + (url.contains("?") ? "&" : "?") + options, migrations: [])
            var settings: [String] = []
            for name in ["lock_timeout", "work_mem", "statement_timeout", "idle_in_transaction_session_timeout"] {
                settings += try await database.read { try $0.run("SHOW \(name)").map { $0.text(0) } }
            }
            // In which of the server's states a dead client holds no locks for long.
            let alive = try await database.read { try $0.run("SHOW tcp_keepalives_idle").map { $0.text(0) } }
            await database.close()
            #expect(settings == ["1234ms", "5MB", "10s", "3s"])
            #expect(alive == ["5"] || alive == ["0"], "over a Unix socket there are none")
        }
    }
}
