import Foundation
package import PostgreSQL
package import SQLite

/// How the engines would carry out the statements that a database's connections have prepared, if its tables had a million
/// rows: what a contract suite has run is what is looked at, so no statement can be forgotten.
package enum QueryPlans {
    private static let rows = 1_000_000
    /// So many rows of each large table are really there. The statistics of more are these with larger numbers: that is all
    /// that the planner sees of a table.
    private static let filled = 20_000

    /// The statements that go through a whole table, each with its plan; without statistics, and with those of a million rows.
    ///
    /// - Parameters:
    ///   - fill: the rows of each large table, `INSERT INTO … SELECT … FROM n`, where `n.i` counts them from 1.
    ///   - small: tables, and indexes of some of a table's rows, that stay small, so that going through them is right.
    ///   - sparing: beginnings of statements that are meant to read everything.
    package static func scans(
        in database: SQLiteDatabase, fill: [String], small: Set<String>, sparing: [String]
    ) async throws -> [String] {
        let written = try await database.write { $0.keptStatements }
        let statements = Set(written + (try await database.read { $0.keptStatements })).filter { sql in
            ["SELECT", "UPDATE", "DELETE", "INSERT", "WITH"].contains { sql.hasPrefix($0) }
                && !sparing.contains { sql.hasPrefix($0) }
        }
        precondition(statements.count > 3, "nothing was prepared")
        return try await database.write { connection in
            var faults: [String] = []
            for isAnalyzed in [false, true] {
                if isAnalyzed { try pretendMillion(connection, fill) }
                for sql in statements.sorted() {
                    let parameters = [SQLiteValue](repeating: .null, count: sql.count { $0 == "?" })
                    let plan = try connection.rows("EXPLAIN QUERY PLAN " + sql, parameters) { $0.text(3) }
                    if plan.contains(where: { isScan($0, small) }) {
                        faults.append("\(isAnalyzed ? "with" : "without") statistics: \(sql): \(plan)")
                    }
                }
            }
            return faults
        }
    }

    /// The steps of the statements that `body` is the first to run on the database's own reader, without statistics.
    package static func plan(
        in database: SQLiteDatabase, of body: () async throws -> Void
    ) async throws -> [String] {
        let before = Set(try await database.read { $0.keptStatements })
        try await body()
        return try await database.read { connection in
            try connection.keptStatements.filter { !before.contains($0) }.flatMap { sql in
                let parameters = [SQLiteValue](repeating: .null, count: sql.count { $0 == "?" })
                return try connection.rows("EXPLAIN QUERY PLAN " + sql, parameters) { $0.text(3) }
            }
        }
    }

    /// `SCAN orders`, or `SEARCH r USING INTEGER PRIMARY KEY (rowid>?)` inside a join, which is half a scan for each row.
    private static func isScan(_ step: String, _ small: Set<String>) -> Bool {
        let words = step.split(separator: " ").map(String.init)
        guard words.first == "SCAN", words.count > 1 else { return false }
        // A row of constants, or what the statement itself has made.
        if words.contains("CONSTANT") || words[1].hasPrefix("(") || words[1].hasPrefix("SUBQUERY") { return false }
        return !words.contains { small.contains($0) }
    }

    private static func pretendMillion(_ connection: SQLiteConnection, _ fill: [String]) throws {
        for insert in fill {
            try connection.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(filled)) \(insert)")
        }
        try connection.execute("ANALYZE")
        let statistics = try connection.rows("SELECT rowid, stat FROM sqlite_stat1") { ($0.int(0), $0.text(1)) }
        for (row, stat) in statistics {
            let parts = stat.split(separator: " ")
            // The rows, and how many of them there are of one value: few, whatever the rows, or a share of them.
            let scaled = parts.enumerated().map { index, part in
                guard let number = Int(part), index == 0 || number > 20 else { return String(part) }
                return String(number * (rows / filled))
            }
            try connection.execute(
                "UPDATE sqlite_stat1 SET stat = ? WHERE rowid = ?",
                [.text(scaled.joined(separator: " ")), .integer(row)])
        }
        try connection.execute("ANALYZE sqlite_schema")
    }

    /// The same for PostgreSQL, as the services' connections set it up.
    ///
    /// - Parameter connections: connections that write, of the database.
    package static func scans(
        in database: PostgreSQLDatabase, url: String, connections: Int = 4, small: Set<String>, sparing: [String]
    ) async throws -> [String] {
        _ = try await TestPostgreSQL.rows(
            """
            ANALYZE;
            UPDATE pg_class SET reltuples = \(rows), relpages = greatest(relpages, 1)
            WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
            """, in: url)
        let prepared = try await preparedStatements(of: database, connections).filter { sql, _ in
            ["SELECT", "UPDATE", "DELETE", "INSERT", "WITH"].contains { sql.hasPrefix($0) }
                && !sparing.contains { sql.hasPrefix($0) }
        }
        precondition(prepared.count > 3, "nothing was prepared")
        return try await database.write { connection in
            try connection.run("SET LOCAL plan_cache_mode = force_generic_plan")
            var faults: [String] = []
            for (number, (sql, types)) in prepared.sorted(by: { $0.key < $1.key }).enumerated() {
                let list = types.split(separator: ",")
                let name = "plan_\(number)"
                try connection.run("PREPARE \(name)\(list.isEmpty ? "" : "(\(types))") AS \(sql)")
                let values = list.map { _ in "NULL" }.joined(separator: ", ")
                let plan = try connection.run("EXPLAIN EXECUTE \(name)\(list.isEmpty ? "" : "(\(values))")").map {
                    $0.text(0)
                }
                let scanned = plan.compactMap { line in
                    line.range(of: "Seq Scan on ").map { line[$0.upperBound...].prefix { $0 != " " } }
                }
                if scanned.contains(where: { !small.contains(String($0)) }) {
                    faults.append("\(sql): \(plan.joined(separator: "\n"))")
                }
            }
            return faults
        }
    }

    /// By their text, with the types of their parameters. Each of the connections is asked.
    private static func preparedStatements(
        of database: PostgreSQLDatabase, _ connections: Int
    ) async throws -> [String: String] {
        let select = """
            SELECT statement, array_to_string(parameter_types, ',') FROM pg_prepared_statements WHERE from_sql = false
            """
        let arrived = DispatchSemaphore(value: 0)
        let allHere = DispatchSemaphore(value: 0)
        return try await withThrowingTaskGroup { group in
            for number in 0..<connections {
                group.addTask {
                    try await database.write { connection in
                        // Each holds its thread until all have one.
                        if number == 0 {
                            for _ in 1..<connections { arrived.wait() }
                            for _ in 1..<connections { allHere.signal() }
                        } else {
                            arrived.signal()
                            allHere.wait()
                        }
                        return try connection.run(select).map { ($0.text(0), $0.text(1)) }
                    }
                }
            }
            group.addTask { try await database.read { try $0.run(select).map { ($0.text(0), $0.text(1)) } } }
            return try await group.reduce(into: [:]) { all, some in
                for (sql, types) in some { all[sql] = types }
            }
        }
    }
}
