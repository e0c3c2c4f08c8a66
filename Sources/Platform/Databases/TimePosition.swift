package import PostgreSQL
package import SQLite

/// Where a time is among the rows of a table that has `position` and `created_at`, in milliseconds since 1970.
///
/// An index of times would cost each row a page more. Positions are given as rows are stored, a moment after `created_at`, so a time is
/// looked for among them by halving: as far as clocks may be apart, rows beside it have to be looked at as well.
package enum TimePosition {
    /// By how much the times of two rows may be in another order than their positions, in milliseconds: the clocks of replicas differ,
    /// and one may be set back.
    package static let clocksApart: Int64 = 10 * 60 * 1_000

    /// The last position up to which rows were made before a time; between it and the next one the times pass that time.
    package static func last(before time: Int64, of table: StaticString, in connection: SQLiteConnection) throws
        -> Int64
    {
        var low: Int64 = 0
        var high = try connection.first("SELECT coalesce(max(position), 0) FROM \(table)") { $0.int(0) } ?? 0
        while low < high {
            let middle = low + (high - low) / 2
            let next = try connection.first(
                "SELECT position, created_at FROM \(table) WHERE position > ? ORDER BY position LIMIT 1",
                [.integer(middle)]
            ) { (position: $0.int(0), createdAt: $0.int(1)) }
            if let next, next.createdAt < time { low = next.position } else { high = middle }
        }
        return low
    }

    /// The same; all steps of the search are one round trip.
    package static func last(
        before time: Int64, of table: StaticString, in connection: PostgreSQLConnection
    ) throws -> Int64 {
        try connection.run(
            """
            WITH RECURSIVE search (low, high) AS (
                SELECT 0::bigint, coalesce(max(position), 0) FROM \(table)
                UNION ALL
                SELECT CASE WHEN next.created_at < $1 THEN next.position ELSE low END,
                    CASE WHEN next.created_at < $1 THEN high ELSE low + (high - low) / 2 END
                FROM search CROSS JOIN LATERAL (
                    SELECT position, created_at FROM \(table) WHERE position > low + (high - low) / 2
                    ORDER BY position LIMIT 1
                ) AS next
                WHERE low < high
            )
            SELECT max(low) FROM search
            """, [.int(time)]
        ).first { $0.int(0) } ?? 0
    }
}
