import Idempotency
import Identity
import Outbox
package import SQLite

/// Numbered, in order, and never edited after they landed.
package enum SQLiteOrderMigrations {
    package static let all = [
        SQLiteMigration(version: 1, name: "orders", sql: orders),
        SQLiteMigration(version: 2, name: "outbox", sql: SQLiteOutbox.schema),
        SQLiteMigration(version: 3, name: "request hash", sql: "ALTER TABLE orders ADD COLUMN request_hash BLOB"),
        SQLiteMigration(version: 4, name: "orders by status", sql: byStatus),
        SQLiteMigration(version: 5, name: "identity", sql: ShopDatabase.Description.order.sqliteSchema()),
        SQLiteMigration(version: 6, name: "orders by e-mail", sql: byEmail),
        SQLiteMigration(version: 7, name: "outbox tries", sql: SQLiteOutbox.tries),
        SQLiteMigration(version: 8, name: "orders by customer and status", sql: byCustomerAndStatus),
        SQLiteMigration(version: 9, name: "the database's own name", sql: ShopDatabase.Description.sqliteName),
        SQLiteMigration(version: 10, name: "callers of the outbox", sql: SQLiteOutbox.callers),
        SQLiteMigration(version: 11, name: "history of orders", sql: history),
        SQLiteMigration(version: 12, name: "the keys' secret", sql: SQLiteKeySecret.schema),
        SQLiteMigration(version: 13, name: "former ids", sql: formerIDs),
        SQLiteMigration(version: 14, name: "cursor key", sql: ShopDatabase.Description.sqliteCursorKey),
        SQLiteMigration(version: 15, name: "trace states of the outbox", sql: SQLiteOutbox.traceStates),
        SQLiteMigration(version: 16, name: "details of orders", sql: details),
    ]

    /// The items are a document: they are only ever read and written with their order, and never change. Lists go by
    /// position, newest first.
    private static let orders = """
        CREATE TABLE orders (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            order_id BLOB NOT NULL UNIQUE,
            status TEXT NOT NULL,
            version INTEGER NOT NULL,
            customer_name TEXT,
            customer_email TEXT,
            customer_phone TEXT,
            items BLOB NOT NULL,
            total INTEGER NOT NULL,
            currency TEXT NOT NULL,
            reason TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX orders_status ON orders (status, position) WHERE status <> 'confirmed';
        CREATE INDEX orders_customer ON orders (customer_email, position) WHERE customer_email IS NOT NULL;
        """

    /// The first index left the confirmed ones out, and was not used: a statement that is prepared once, whatever the status,
    /// can't use an index of some of them.
    private static let byStatus = """
        CREATE INDEX orders_by_status ON orders (status, position);
        DROP INDEX orders_status;
        """

    /// NOCASE takes `A` to `Z` for `a` to `z`, and nothing else for each other: as lower() does in PostgreSQL's collation "C".
    private static let byEmail = """
        CREATE INDEX orders_by_email ON orders (customer_email COLLATE NOCASE, position)
            WHERE customer_email IS NOT NULL;
        DROP INDEX orders_customer;
        """

    /// What `RecordedHistory` makes of it. Orders from before have none, and need none.
    private static let history = "ALTER TABLE orders ADD COLUMN history BLOB"

    /// `former_id` is the id that an earlier version would give the order for its Idempotency-Key, nil for those that such a version
    /// placed. Two rows of one key can't be: whichever version comes second runs into the other's, also while both run. (An order that
    /// was rejected as interrupted takes that place with its own id: an earlier version went on to the key's next one.)
    private static let formerIDs = """
        ALTER TABLE orders ADD COLUMN former_id BLOB;
        CREATE UNIQUE INDEX orders_former_id ON orders (coalesce(former_id, order_id))
            WHERE request_hash IS NOT NULL OR status = 'rejected';
        """

    /// For a list of both: by either of the others it would go through all orders of that status, or of that customer.
    private static let byCustomerAndStatus = """
        CREATE INDEX orders_by_email_status ON orders (customer_email COLLATE NOCASE, status, position)
            WHERE customer_email IS NOT NULL;
        """

    /// What `RecordedDetails` makes of it. An order without a customer's id costs the index nothing.
    ///
    /// The index of customers and states was used by no list, since a customer's orders are looked through for their state, and cost each
    /// order a page.
    private static let details = """
        ALTER TABLE orders ADD COLUMN customer_id TEXT;
        ALTER TABLE orders ADD COLUMN details BLOB;
        CREATE INDEX orders_by_customer_id ON orders (customer_id, position) WHERE customer_id IS NOT NULL;
        DROP INDEX orders_by_email_status;
        """
}
