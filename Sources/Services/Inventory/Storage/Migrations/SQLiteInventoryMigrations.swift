import Idempotency
import Identity
import Inbox
import Outbox
package import SQLite

/// Numbered, in order, and never edited after they landed.
package enum SQLiteInventoryMigrations {
    package static let all = [
        SQLiteMigration(version: 1, name: "products", sql: products),
        SQLiteMigration(version: 2, name: "reservations", sql: reservations),
        SQLiteMigration(version: 3, name: "outbox", sql: SQLiteOutbox.schema),
        SQLiteMigration(version: 4, name: "inbox", sql: SQLiteInbox.schema),
        SQLiteMigration(version: 5, name: "first answers", sql: SQLiteFirstAnswers.schema),
        SQLiteMigration(version: 6, name: "moved reservations", sql: movedReservations),
        SQLiteMigration(version: 7, name: "identity", sql: ShopDatabase.Description.inventory.sqliteSchema()),
        SQLiteMigration(version: 8, name: "outbox tries", sql: SQLiteOutbox.tries),
        SQLiteMigration(version: 9, name: "bookmarks", sql: SQLiteGroupMemory.schema),
        SQLiteMigration(version: 10, name: "callers of the outbox", sql: SQLiteOutbox.callers),
        SQLiteMigration(version: 11, name: "requests' fingerprints", sql: SQLiteFirstAnswers.fingerprints),
        SQLiteMigration(version: 12, name: "cursor key", sql: ShopDatabase.Description.sqliteCursorKey),
        SQLiteMigration(version: 13, name: "trace states of the outbox", sql: SQLiteOutbox.traceStates),
        SQLiteMigration(version: 14, name: "products that change", sql: changingProducts),
    ]

    private static let products = """
        CREATE TABLE products (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            product_id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            price INTEGER NOT NULL CHECK (price >= 0),
            currency TEXT NOT NULL,
            available INTEGER NOT NULL CHECK (available >= 0),
            reserved INTEGER NOT NULL CHECK (reserved >= 0),
            low_stock_threshold INTEGER NOT NULL CHECK (low_stock_threshold >= 0),
            updated_at INTEGER NOT NULL
        ) STRICT;
        """

    /// `level`: how low the stock is, in step with the other columns; it changes with the status alone, and so do the indexes. An
    /// order whose products keep their status costs them nothing.
    private static let changingProducts = """
        ALTER TABLE products ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE products ADD COLUMN metadata TEXT;
        ALTER TABLE products ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
        UPDATE products
            SET level = CASE WHEN available = 0 THEN 2 WHEN available <= low_stock_threshold THEN 1 ELSE 0 END
            WHERE available <= low_stock_threshold;
        CREATE INDEX products_archived ON products (archived, position);
        CREATE INDEX products_archived_level ON products (archived, level, position);
        CREATE INDEX products_level ON products (level, position);
        """

    /// For audit: what was released or shipped while it read the rest. Costs a reserve call nothing.
    private static let movedReservations =
        "CREATE INDEX reservations_moved ON reservations (updated_at) WHERE state <> 0"

    /// The items are a document: they are only ever read and written with their reservation. A row in `open_batches`
    /// says that the orders of the batch may not exist.
    private static let reservations = """
        CREATE TABLE reservations (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            order_id BLOB NOT NULL UNIQUE,
            batch_id BLOB,
            state INTEGER NOT NULL,
            items BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX reservations_batch ON reservations (batch_id) WHERE batch_id IS NOT NULL;
        CREATE TABLE open_batches (
            batch_id BLOB PRIMARY KEY,
            opened_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX open_batches_age ON open_batches (opened_at);
        """
}
