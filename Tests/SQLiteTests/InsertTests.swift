import SQLite
import Testing

@Suite("A multi-row insert")
struct InsertTests {
    private func withTable(_ body: (SQLiteDatabase) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let table = SQLiteMigration(
                version: 1, name: "t",
                sql: "CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB, c TEXT) STRICT, WITHOUT ROWID")
            let database = try await SQLiteDatabase(path: folder + "/t.db", role: .owner, migrations: [table])
            try await body(database)
            await database.close()
        }
    }

    private func values(_ range: some Sequence<Int>) -> [SQLiteValue] {
        range.flatMap { [.int($0), .blob([UInt8(truncatingIfNeeded: $0)]), .text("row \($0)")] }
    }

    @Test("stores every row", arguments: [0, 1, 2, 63, 64, 65, 1_000, 12_345])
    func everyRow(count: Int) async throws {
        try await withTable { database in
            let values = values(0..<count)
            let inserted = try await database.write { try $0.insert(into: "t", ["a", "b", "c"], values) }
            #expect(inserted == count)
            let found = try await database.read { connection in
                try connection.rows("SELECT a, b, c FROM t ORDER BY a") { ($0.int(0), $0.blob(1), $0.text(2)) }
            }
            #expect(found.map(\.0) == (0..<count).map(Int64.init))
            #expect(found.allSatisfy { $0.1 == [UInt8(truncatingIfNeeded: $0.0)] && $0.2 == "row \($0.0)" })
        }
    }

    @Test("tells tables, columns and conflicts apart, and counts of rows, also when there are many")
    func shapes() async throws {
        try await withTable { database in
            try await database.write { connection in
                for number in 0..<70 {
                    try connection.execute("CREATE TABLE t\(number) (a INTEGER UNIQUE, b INTEGER) STRICT")
                }
                let once = "ON CONFLICT DO NOTHING"
                for number in [Int](0..<70) + [Int](0..<70) {
                    let table = "t\(number)"
                    try connection.insert(into: table, ["a", "b"], [.int(1), .int(2)], suffix: once)
                    try connection.insert(into: table, ["b", "a"], [.int(4), .int(3)], suffix: once)
                    try connection.insert(into: table, ["a", "b"], (5...10).map { SQLiteValue.int($0) }, suffix: once)
                }
            }
            for number in [0, 63, 64, 69] {
                let rows = try await database.read { connection in
                    try connection.rows("SELECT a, b FROM t\(number) ORDER BY a") { [$0.int(0), $0.int(1)] }
                }
                #expect(rows == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]])
            }
        }
    }

    @Test("keeps within SQLite's limit of values, however wide the table is")
    func variableLimit() async throws {
        try await withTable { database in
            let columns = (0..<400).map { "c\($0)" }
            let inserted = try await database.write { connection in
                try connection.execute("CREATE TABLE wide (\(columns.joined(separator: ",")))")
                return try connection.insert(
                    into: "wide", columns, (0..<400 * 300).map { SQLiteValue.int($0) })
            }
            #expect(inserted == 300)
            let last = try await database.read { try $0.first("SELECT max(c399) FROM wide") { $0.int(0) } }
            #expect(last.map(Int.init) == 400 * 300 - 1)
        }
    }

    @Test("counts only the rows that a conflict lets in")
    func conflicts() async throws {
        try await withTable { database in
            let first = values(stride(from: 0, to: 500, by: 5))
            let all = values(0..<500)
            let (one, two, three) = try await database.write { connection in
                let columns = ["a", "b", "c"]
                return (
                    try connection.insert(into: "t", columns, first),
                    try connection.insert(into: "t", columns, all, suffix: "ON CONFLICT DO NOTHING"),
                    try connection.insert(
                        into: "t", columns, all, suffix: "ON CONFLICT (a) DO UPDATE SET c = excluded.c")
                )
            }
            #expect([one, two, three] == [100, 400, 500])
            let error = await #expect(throws: SQLiteError.self) {
                try await database.write { try $0.insert(into: "t", ["a", "b", "c"], all) }
            }
            #expect(error?.kind == .constraint)
        }
    }
}
