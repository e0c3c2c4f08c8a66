import Idempotency
import Identity
import Inbox
package import SQLite

/// Numbered, in order, and never edited after they landed.
package enum SQLiteNotificationMigrations {
    package static let all = [
        SQLiteMigration(version: 1, name: "notifications", sql: notifications),
        SQLiteMigration(version: 2, name: "inbox", sql: SQLiteInbox.schema),
        SQLiteMigration(version: 3, name: "first answers", sql: SQLiteFirstAnswers.schema),
        SQLiteMigration(version: 4, name: "simulated provider", sql: SQLiteSimulatedProvider.schema),
        SQLiteMigration(version: 5, name: "repeats", sql: SQLiteRepeats.schema),
        SQLiteMigration(
            version: 6, name: "identity", sql: ShopDatabase.Description.notification.sqliteSchema()),
        SQLiteMigration(version: 7, name: "bookmarks", sql: SQLiteGroupMemory.schema),
        SQLiteMigration(version: 8, name: "rejections", sql: rejections),
        SQLiteMigration(version: 9, name: "requests' fingerprints", sql: SQLiteFirstAnswers.fingerprints),
        SQLiteMigration(version: 10, name: "cursor key", sql: ShopDatabase.Description.sqliteCursorKey),
        SQLiteMigration(
            version: 11, name: "traces of notifications", sql: "ALTER TABLE notifications ADD COLUMN traceparent TEXT"),
        SQLiteMigration(version: 12, name: "lanes", sql: lanes),
        SQLiteMigration(version: 13, name: "notifications by recipient and state", sql: lists),
        SQLiteMigration(version: 14, name: "stock alerts", sql: SQLiteNotificationStore.stockAlerts),
    ]

    /// `due_at` (milliseconds since 1970) is when a queued one may be claimed: at once, after a failed try, or when the
    /// claim of `owner` ends.
    private static let notifications = """
        CREATE TABLE notifications (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            notification_id BLOB NOT NULL UNIQUE,
            order_id BLOB NOT NULL,
            event_id BLOB,
            type TEXT NOT NULL,
            channel TEXT NOT NULL,
            recipient TEXT NOT NULL,
            subject TEXT NOT NULL,
            body TEXT NOT NULL,
            status TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            sent_at INTEGER,
            due_at INTEGER NOT NULL DEFAULT 0,
            owner BLOB
        ) STRICT;
        CREATE UNIQUE INDEX notifications_event ON notifications (event_id, channel) WHERE event_id IS NOT NULL;
        CREATE INDEX notifications_order ON notifications (order_id, position);
        CREATE INDEX notifications_due ON notifications (due_at, position) WHERE status = 'queued';
        """

    /// Orders that were rejected, and by which event: no other step can follow.
    private static let rejections = """
        CREATE TABLE rejections (
            order_id BLOB PRIMARY KEY,
            event_id BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// For lists. The first one costs each order a page; what fails or is noted only is rare, and the others cost nothing else. NOCASE as
    /// for the orders of a customer.
    private static let lists = """
        CREATE INDEX notifications_recipient ON notifications (recipient COLLATE NOCASE, position);
        CREATE INDEX notifications_failed ON notifications (status, position) WHERE status = 'failed';
        CREATE INDEX notifications_noted ON notifications (status, position) WHERE status = 'noted';
        """

    /// What is due on each channel, found without a look at those of others.
    private static let lanes = """
        DROP INDEX notifications_due;
        CREATE INDEX notifications_due ON notifications (channel, due_at, position) WHERE status = 'queued';
        """
}
