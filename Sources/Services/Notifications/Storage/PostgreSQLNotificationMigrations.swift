import Idempotency
import Identity
import Inbox
import Outbox
package import PostgreSQL

/// Numbered, in order, and never edited after they landed.
package enum PostgreSQLNotificationMigrations {
    package static let all = [
        PostgreSQLMigration(version: 1, name: "notifications", sql: notifications),
        PostgreSQLMigration(version: 2, name: "inbox", sql: PostgreSQLInbox.schema),
        PostgreSQLMigration(version: 3, name: "first answers", sql: PostgreSQLFirstAnswers.schema),
        PostgreSQLMigration(version: 4, name: "simulated provider", sql: PostgreSQLSimulatedProvider.schema),
        PostgreSQLMigration(version: 5, name: "repeats", sql: repeats),
        PostgreSQLMigration(
            version: 6, name: "identity", sql: ShopDatabase.Description.notification.postgreSQLSchema()),
        PostgreSQLMigration(version: 7, name: "bookmarks", sql: PostgreSQLGroupMemory.schema),
        PostgreSQLMigration(version: 8, name: "rejections", sql: rejections),
        PostgreSQLMigration(version: 9, name: "requests' fingerprints", sql: PostgreSQLFirstAnswers.fingerprints),
        PostgreSQLMigration(version: 10, name: "cursor key", sql: ShopDatabase.Description.postgreSQLCursorKey),
        PostgreSQLMigration(
            version: 11, name: "traces of notifications", sql: "ALTER TABLE notifications ADD COLUMN traceparent text"),
        PostgreSQLMigration(version: 12, name: "leases", sql: PostgreSQLLease.schema),
        PostgreSQLMigration(version: 13, name: "lanes", sql: lanes),
        // What it made is made by the last ones, beside those who write.
        PostgreSQLMigration(version: 14, name: "notifications by recipient and state", sql: ""),
        PostgreSQLMigration(version: 15, name: "stock alerts", sql: PostgreSQLNotificationStore.stockAlerts),
        PostgreSQLMigration(version: 16, name: "notifications by recipient", index: byRecipient),
        PostgreSQLMigration(version: 17, name: "notifications that were not sent", index: unsent),
    ]

    /// `due_at` (milliseconds since 1970) is when a queued one may be claimed: at once, after a failed try, or when the
    /// claim of `owner` ends.
    private static let notifications = """
        CREATE TABLE notifications (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            notification_id uuid NOT NULL UNIQUE,
            order_id uuid NOT NULL,
            event_id uuid,
            type text NOT NULL,
            channel text NOT NULL,
            recipient text NOT NULL,
            subject text NOT NULL,
            body text NOT NULL,
            status text NOT NULL,
            attempts bigint NOT NULL,
            created_at bigint NOT NULL,
            sent_at bigint,
            repeat bigint NOT NULL DEFAULT 0,
            due_at bigint NOT NULL DEFAULT 0,
            owner uuid
        );
        CREATE UNIQUE INDEX notifications_event ON notifications (event_id, channel, repeat)
            WHERE event_id IS NOT NULL;
        CREATE INDEX notifications_order ON notifications (order_id, position);
        CREATE INDEX notifications_due ON notifications (due_at, position) WHERE status = 'queued';
        """

    private static let repeats = """
        CREATE TABLE repeats (
            event_id uuid NOT NULL,
            repeat bigint NOT NULL,
            asked_at bigint NOT NULL,
            made_at bigint,
            PRIMARY KEY (event_id, repeat)
        );
        CREATE UNIQUE INDEX repeats_waiting ON repeats (event_id) WHERE made_at IS NULL;
        """

    /// Orders that were rejected, and by which event: no other step can follow.
    private static let rejections = """
        CREATE TABLE rejections (
            order_id uuid PRIMARY KEY,
            event_id uuid NOT NULL
        );
        """

    /// For lists: those of a recipient, and those that were not sent.
    private static let byRecipient = PostgreSQLIndex(
        "notifications_recipient", on: "notifications", "(lower(recipient COLLATE \"C\"), position)")
    private static let unsent = PostgreSQLIndex(
        "notifications_unsent", on: "notifications", "(status, position) WHERE status <> 'sent'")

    /// What is due on each channel, found without a look at those of others.
    private static let lanes = """
        DROP INDEX notifications_due;
        CREATE INDEX notifications_due ON notifications (channel, due_at, position) WHERE status = 'queued';
        """
}
