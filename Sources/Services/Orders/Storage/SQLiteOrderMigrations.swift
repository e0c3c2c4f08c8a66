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

    /// For a list of both: by either of the others it would go through all orders of that status, or of that customer.
    private static let byCustomerAndStatus = """
        CREATE INDEX orders_by_email_status ON orders (customer_email COLLATE NOCASE, status, position)
            WHERE customer_email IS NOT NULL;
        """
}
