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
    ]

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
