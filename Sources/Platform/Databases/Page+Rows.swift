package import PostgreSQL
package import SQLite

/// Reading a page from either engine, by number and by bytes: what stands behind the page's end is not read.
extension Page {
    /// `select` has `count` columns and behind them the position, its order, and at its end `LIMIT ?`, whose value comes from
    /// here.
    package func rows<Item: Sendable>(
        _ select: String, _ values: [SQLiteValue], columns count: Int, in connection: SQLiteConnection,
        _ read: (SQLiteRow) throws -> Item
    ) throws -> Listed<Item> {
        var bytes = 0
        var number = 0
        // nil: a row that is behind the page. It is not decoded, and none is read behind it.
        let rows: [(position: Int64, item: Item)?] = try connection.rows(
            select, values + [.integer(Int64(limit + 1))], through: { $0 == nil }
        ) { row in
            number += 1
            bytes += row.size + Self.bytesPerItem
            if number > limit || (number > 1 && bytes > maximumBytes) { return nil }
            return (row.int(count), try read(row))
        }
        let items = rows.compactMap(\.self)
        return Listed(items, hasMore: items.count < rows.count)
    }

    /// `select` has `count` columns and behind them `position`, but no order. `sized`: its columns whose bytes count.
    ///
    /// The inner SELECT finds the rows by its index and knows the lengths of long values without reading them; what is
    /// behind the page's end is not sent.
    package func rows<Item: Sendable>(
        _ select: String, _ values: [PostgreSQLValue], columns count: Int, sized: [String], oldestFirst: Bool = false,
        in connection: PostgreSQLConnection, _ read: (PostgreSQLRow) throws -> Item
    ) throws -> Listed<Item> {
        let order = oldestFirst ? "position" : "position DESC"
        let limit = "$\(values.count + 1)"
        let size = (sized.map { "coalesce(octet_length(\($0)), 0)" } + ["\(Self.bytesPerItem)"]).joined(
            separator: " + ")
        let result = try connection.run(
            """
            SELECT * FROM (
                SELECT *, count(*) OVER () AS candidates,
                    row_number() OVER (ORDER BY \(order)) AS number,
                    sum(\(size)) OVER (ORDER BY \(order) ROWS UNBOUNDED PRECEDING) AS bytes
                FROM (\(select) ORDER BY \(order) LIMIT \(limit)) AS candidates
            ) AS page
            WHERE number = 1 OR (number < \(limit) AND bytes <= \(maximumBytes)) ORDER BY number
            """, values + [.int(Int64(self.limit + 1))])
        let rows = try result.map { (position: $0.int(count), item: try read($0), candidates: $0.int(count + 1)) }
        return Listed(
            rows.map { ($0.position, $0.item) }, hasMore: rows.first.map { $0.candidates > rows.count } ?? false)
    }
}
