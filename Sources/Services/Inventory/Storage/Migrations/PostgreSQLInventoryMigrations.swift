import Idempotency
import Identity
import Inbox
import Outbox
package import PostgreSQL

/// Numbered, in order, and never edited after they landed.
package enum PostgreSQLInventoryMigrations {
    package static let all = [
        PostgreSQLMigration(version: 1, name: "products", sql: products),
        PostgreSQLMigration(version: 2, name: "reservations", sql: reservations),
        PostgreSQLMigration(version: 3, name: "outbox", sql: PostgreSQLOutbox.schema),
        PostgreSQLMigration(version: 4, name: "inbox", sql: PostgreSQLInbox.schema),
        PostgreSQLMigration(version: 5, name: "first answers", sql: PostgreSQLFirstAnswers.schema),
        PostgreSQLMigration(version: 6, name: "leases", sql: PostgreSQLLease.schema),
        PostgreSQLMigration(
            version: 7, name: "identity", sql: ShopDatabase.Description.inventory.postgreSQLSchema()),
        PostgreSQLMigration(version: 8, name: "outbox tries", sql: PostgreSQLOutbox.tries),
        PostgreSQLMigration(version: 9, name: "bookmarks", sql: PostgreSQLGroupMemory.schema),
        PostgreSQLMigration(version: 10, name: "callers of the outbox", sql: PostgreSQLOutbox.callers),
        PostgreSQLMigration(version: 11, name: "requests' fingerprints", sql: PostgreSQLFirstAnswers.fingerprints),
        PostgreSQLMigration(version: 12, name: "cursor key", sql: ShopDatabase.Description.postgreSQLCursorKey),
        PostgreSQLMigration(version: 13, name: "trace states of the outbox", sql: PostgreSQLOutbox.traceStates),
        PostgreSQLMigration(version: 14, name: "products that change", sql: changingProducts),
    ]

    /// `level`: how low the stock is. It is generated, so that it is right whatever replica writes; it changes with the status alone,
    /// and so do the indexes: an order whose products keep their status is a heap-only update, as before.
    private static let changingProducts = """
        ALTER TABLE products ADD COLUMN archived boolean NOT NULL DEFAULT false, ADD COLUMN metadata text,
            ADD COLUMN level smallint NOT NULL GENERATED ALWAYS AS (
                CASE WHEN available = 0 THEN 2 WHEN available <= low_stock_threshold THEN 1 ELSE 0 END) STORED;
        CREATE INDEX products_archived ON products (archived, position);
        CREATE INDEX products_archived_level ON products (archived, level, position);
        CREATE INDEX products_level ON products (level, position);
        """

    private static let products = """
        CREATE TABLE products (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            product_id text COLLATE "C" NOT NULL UNIQUE,
            name text NOT NULL,
            price bigint NOT NULL CHECK (price >= 0),
            currency text NOT NULL,
            available bigint NOT NULL CHECK (available >= 0),
            reserved bigint NOT NULL CHECK (reserved >= 0),
            low_stock_threshold bigint NOT NULL CHECK (low_stock_threshold >= 0),
            updated_at bigint NOT NULL
        )
        """

    /// The items are a document: they are only ever read and written with their reservation. A row in `open_batches`
    /// says that the orders of the batch may not exist.
    private static let reservations = """
        CREATE TABLE reservations (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            order_id uuid NOT NULL UNIQUE,
            batch_id uuid,
            state bigint NOT NULL,
            items bytea NOT NULL,
            created_at bigint NOT NULL,
            updated_at bigint NOT NULL
        );
        CREATE INDEX reservations_batch ON reservations (batch_id) WHERE batch_id IS NOT NULL;
        CREATE INDEX reservations_moved ON reservations (updated_at) WHERE state <> 0;
        CREATE TABLE open_batches (batch_id uuid PRIMARY KEY, opened_at bigint NOT NULL);
        CREATE INDEX open_batches_age ON open_batches (opened_at);
        """
}
