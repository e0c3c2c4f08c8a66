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
        let names = columns.joined(separator: ",")
        let most = min(256, variableLimit / width)
        var inserted = 0
        var done = 0
        while done < values.count {
            let count = largestPowerOfTwo(upTo: min(most, (values.count - done) / width))
            let end = done + count * width
            try run(key: "\(count) \(table) \(names) \(suffix)", values[done..<end]) {
                let row = "(" + String(repeating: "?,", count: width - 1) + "?)"
                return "INSERT INTO \(table) (\(names)) VALUES " + String(repeating: row + ",", count: count - 1)
                    + "\(row) \(suffix)"
            }
            inserted += changes
            done = end
        }
        return inserted
    }

    private func largestPowerOfTwo(upTo count: Int) -> Int {
        1 << (Int.bitWidth - 1 - max(1, count).leadingZeroBitCount)
    }
}
