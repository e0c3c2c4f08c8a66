extension SQLiteConnection {
    /// Inserts rows with few statements, which takes a quarter less than one statement a row.
    ///
    /// Rows go in groups of powers of two, so that a handful of kept statements serves every count; no group has more
    /// values than SQLite takes in one statement.
    ///
    /// - Parameters:
    ///   - values: one row after the other, a value per column.
    ///   - suffix: what stands behind the rows, `ON CONFLICT DO NOTHING` for one.
    /// - Returns: the rows inserted (or updated, by an upsert).
    @discardableResult
    package func insert(
        into table: String, _ columns: [String], _ values: [SQLiteValue], suffix: String = ""
    ) throws(SQLiteError) -> Int {
        let width = columns.count
        precondition(width > 0 && values.count.isMultiple(of: width), "each row has a value per column")
        let shape = inserts.shape(of: table, columns, suffix)
        let most = min(256, variableLimit / width)
        var inserted = 0
        var done = 0
        while done < values.count {
            let power = powerOfTwo(upTo: min(most, (values.count - done) / width))
            let count = 1 << power
            let end = done + count * width
            try run(key: inserts.key(of: shape, power), values.span.extracting(done..<end)) {
                Self.insertion(table, columns, rows: count, suffix)
            }
            inserted += changes
            done = end
        }
        return inserted
    }

    /// Inserts one row, whose values are no array. Answers the rows inserted (or updated, by an upsert).
    @discardableResult
    package func insert<let count: Int>(
        into table: String, _ columns: [String], row values: [count of SQLiteValue], suffix: String = ""
    ) throws(SQLiteError) -> Int {
        precondition(columns.count == count, "the row has a value per column")
        let shape = inserts.shape(of: table, columns, suffix)
        try run(key: inserts.key(of: shape, 0), values.span) { Self.insertion(table, columns, rows: 1, suffix) }
        return changes
    }

    private static func insertion(_ table: String, _ columns: [String], rows: Int, _ suffix: String) -> String {
        let row = "(" + String(repeating: "?,", count: columns.count - 1) + "?)"
        return "INSERT INTO \(table) (\(columns.joined(separator: ","))) VALUES "
            + String(repeating: row + ",", count: rows - 1) + "\(row) \(suffix)"
    }

    /// The largest one of 2 whose power is no more than `count`.
    private func powerOfTwo(upTo count: Int) -> Int {
        Int.bitWidth - 1 - max(1, count).leadingZeroBitCount
    }
}
