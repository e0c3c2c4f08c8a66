import Idempotency
import Identity
import Outbox
package import PostgreSQL

/// Numbered, in order, and never edited after they landed.
package enum PostgreSQLOrderMigrations {
    package static let all = [
        PostgreSQLMigration(version: 1, name: "orders", sql: orders),
        PostgreSQLMigration(version: 2, name: "outbox", sql: PostgreSQLOutbox.schema),
        PostgreSQLMigration(version: 3, name: "leases", sql: PostgreSQLLease.schema),
        PostgreSQLMigration(version: 4, name: "orders by status", sql: byStatus),
        PostgreSQLMigration(version: 5, name: "identity", sql: ShopDatabase.Description.order.postgreSQLSchema()),
        PostgreSQLMigration(version: 6, name: "orders by e-mail", sql: byEmail),
        PostgreSQLMigration(version: 7, name: "outbox tries", sql: PostgreSQLOutbox.tries),
        PostgreSQLMigration(version: 8, name: "orders by customer and status", sql: byCustomerAndStatus),
        PostgreSQLMigration(version: 9, name: "the database's own name", sql: ShopDatabase.Description.postgreSQLName),
        PostgreSQLMigration(version: 10, name: "callers of the outbox", sql: PostgreSQLOutbox.callers),
        PostgreSQLMigration(version: 11, name: "history of orders", sql: history),
        PostgreSQLMigration(version: 12, name: "the keys' secret", sql: PostgreSQLKeySecret.schema),
        PostgreSQLMigration(version: 13, name: "former ids", sql: formerIDs),
        PostgreSQLMigration(version: 14, name: "cursor key", sql: ShopDatabase.Description.postgreSQLCursorKey),
        PostgreSQLMigration(version: 15, name: "trace states of the outbox", sql: PostgreSQLOutbox.traceStates),
        PostgreSQLMigration(version: 16, name: "details of orders", sql: details),
        PostgreSQLMigration(version: 17, name: "orders by former id", index: byFormerID),
        PostgreSQLMigration(version: 18, name: "orders by customer's id", index: byCustomerID),
    ]

    /// As in SQLite: the items are a document, lists go by position. Positions are given in the order in which orders are
    /// inserted, which with several replicas is not quite that of their commits.
    private static let orders = """
        CREATE TABLE orders (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            order_id uuid NOT NULL UNIQUE,
            status text NOT NULL,
            version bigint NOT NULL,
            customer_name text,
            customer_email text COLLATE "C",
            customer_phone text,
            items bytea NOT NULL,
            total bigint NOT NULL,
            currency text NOT NULL,
            reason text,
            created_at bigint NOT NULL,
            updated_at bigint NOT NULL,
            request_hash bytea
        );
        CREATE INDEX orders_status ON orders (status, position) WHERE status <> 'confirmed';
        CREATE INDEX orders_customer ON orders (customer_email, position) WHERE customer_email IS NOT NULL;
        """

    /// The first index left the confirmed ones out, and was not used: a statement that is prepared once, whatever the status,
    /// can't use an index of some of them. It goes last: whoever reads waits for that moment only.
    private static let byStatus = """
        CREATE INDEX orders_by_status ON orders (status, position);
        DROP INDEX orders_status;
        """

    /// The column's collation is "C", in which lower() takes `A` to `Z` for `a` to `z` and leaves all else: as NOCASE does in
    /// SQLite.
    private static let byEmail = """
        CREATE INDEX orders_by_email ON orders (lower(customer_email), position) WHERE customer_email IS NOT NULL;
        DROP INDEX orders_customer;
        """

    /// What `RecordedHistory` makes of it. Orders from before have none, and need none.
    private static let history = "ALTER TABLE orders ADD COLUMN history bytea"

    /// `former_id` is the id that an earlier version would give the order for its Idempotency-Key, nil for those that such a version
    /// placed. Two rows of one key can't be: whichever version comes second runs into the other's, also while both run. (An order that
    /// was rejected as interrupted takes that place with its own id: an earlier version went on to the key's next one.)
    private static let formerIDs = "ALTER TABLE orders ADD COLUMN former_id uuid"
    private static let byFormerID = PostgreSQLIndex(
        "orders_former_id", on: "orders",
        "(coalesce(former_id, order_id)) WHERE request_hash IS NOT NULL OR status = 'rejected'", isUnique: true)

    /// For a list of both: by either of the others it would go through all orders of that status, or of that customer.
    private static let byCustomerAndStatus = """
        CREATE INDEX orders_by_email_status ON orders (lower(customer_email), status, position)
            WHERE customer_email IS NOT NULL
        """

    /// What `RecordedDetails` makes of it. An order without a customer's id costs the index nothing.
    private static let details = """
        ALTER TABLE orders ADD COLUMN customer_id text COLLATE "C";
        ALTER TABLE orders ADD COLUMN details bytea;
        """
    private static let byCustomerID = PostgreSQLIndex(
        "orders_by_customer_id", on: "orders", "(customer_id, position) WHERE customer_id IS NOT NULL")
}
