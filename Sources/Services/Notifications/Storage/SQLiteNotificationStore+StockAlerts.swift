package import Inbox
import SQLite
import Shop
import Timestamps

extension SQLiteNotificationStore {
    /// For a migration. When the shop was last told that a product is low, or out: milliseconds since 1970, of the event.
    static let stockAlerts = """
        CREATE TABLE stock_alerts (
            product_id TEXT NOT NULL,
            status TEXT NOT NULL,
            told_at INTEGER NOT NULL,
            PRIMARY KEY (product_id, status)
        ) STRICT, WITHOUT ROWID;
        """

    package func queue(_ alerts: [StockAlert], _ bookmarks: Bookmarks?) async throws -> Int {
        // What a power cut undoes is read again.
        try await database.write(.unsynced) { connection in
            var told = 0
            for alert in alerts {
                try connection.execute(
                    """
                    INSERT INTO stock_alerts (product_id, status, told_at) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET told_at = excluded.told_at WHERE told_at <= excluded.told_at - ?
                    """,
                    [
                        .text(alert.productID.string), .text(alert.status.rawValue), .integer(alert.time.milliseconds),
                        .integer(StockAlert.pause * 1_000),
                    ])
                guard connection.changes == 1 else { continue }
                told += 1
                try Self.insert(alert.notifications, in: connection)
            }
            try SQLiteGroupMemory.remember(bookmarks, in: connection)
            return told
        }
    }
}
