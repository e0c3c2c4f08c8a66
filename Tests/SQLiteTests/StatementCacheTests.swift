import SQLite
import Testing

@Suite("Statements are kept")
struct StatementCacheTests {
    private func withDatabase(_ body: (SQLiteDatabase) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try await SQLiteDatabase(path: folder + "/t.db", role: .owner, migrations: [])
            try await body(database)
            await database.close()
        }
    }

    @Test("each once, however often it runs and whoever made its text")
    func once() async throws {
        try await withDatabase { database in
            let kept = try await database.read { connection in
                for number in 1...3 {
                    let columns = ["1", "2"].joined(separator: ", ")
                    let found = try connection.first("SELECT ?, \(columns)", [.int(number)]) { $0.int(0) }
                    #expect(found == Int64(number))
                }
                return connection.keptStatements
            }
            #expect(kept.filter { $0 == "SELECT ?, 1, 2" }.count == 1)
        }
    }

    @Test("and one that runs inside of itself gets another")
    func nested() async throws {
        try await withDatabase { database in
            let pairs = try await database.read { connection in
                let sql = "SELECT column1 FROM (VALUES (1), (2))"
                return try connection.rows(sql) { outer in
                    let first = outer.int(0)
                    return try connection.rows(sql) { [first, $0.int(0)] }
                }.flatMap { $0 }
            }
            #expect(pairs == [[1, 1], [1, 2], [2, 1], [2, 2]])
        }
    }

    @Test("a bounded number of them, the last used ones")
    func bounded() async throws {
        try await withDatabase { database in
            let kept = try await database.read { connection in
                for number in 0..<1_000 {
                    let found = try connection.first("SELECT \(number)") { $0.int(0) }
                    #expect(found == Int64(number))
                    _ = try connection.first("SELECT 'often'") { $0.int(0) }
                }
                return connection.keptStatements
            }
            #expect(kept.count <= 128)
            #expect(kept.contains("SELECT 'often'"))
            #expect(kept.contains("SELECT 999"))
            #expect(!kept.contains("SELECT 1"))
        }
    }
}
