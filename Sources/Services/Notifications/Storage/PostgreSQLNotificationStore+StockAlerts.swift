package import Inbox
import PostgreSQL
import Shop
import Timestamps

extension PostgreSQLNotificationStore {
    /// For a migration. As in SQLite.
    static let stockAlerts = """
        CREATE TABLE stock_alerts (
            product_id text COLLATE "C" NOT NULL,
            status text NOT NULL,
            told_at bigint NOT NULL,
            PRIMARY KEY (product_id, status)
        );
        """

    package func queue(_ alerts: [StockAlert], _ bookmarks: Bookmarks?) async throws -> Int {
        // A statement changes a row once; and in one order, so that replicas can't wait for each other.
        let alerts = StockAlert.firsts(of: alerts)
        // What a power cut undoes is read again.
        return try await database.write(.unsynced) { connection in
            let remember = PostgreSQLGroupMemory.remembering(bookmarks)
            guard !alerts.isEmpty else {
                try connection.execute(remember)
                return 0
            }
            let note = PostgreSQLStatement(
                """
                INSERT INTO stock_alerts AS s (product_id, status, told_at)
                SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
                ON CONFLICT (product_id, status) DO UPDATE SET told_at = excluded.told_at
                WHERE s.told_at <= excluded.told_at - $4
                RETURNING product_id, status
                """,
                [
                    .texts(alerts.map(\.productID.string)), .texts(alerts.map(\.status.rawValue)),
                    .ints(alerts.map(\.time.milliseconds)), .int(StockAlert.pause * 1_000),
                ])
            let noted = try connection.run(remember + [note])[remember.count]
            let keys = Set(noted.map { [$0.text(0), $0.text(1)] })
            let told = alerts.filter { keys.contains([$0.productID.string, $0.status.rawValue]) }
            if !told.isEmpty { try connection.execute([Self.inserting(told.flatMap(\.notifications), nil)]) }
            return told.count
        }
    }
}
