package import Identifiers
package import SQLite
import Timestamps

/// What a real mail or SMS provider keeps at its end, for the simulated ones: the notifications that it has taken. Its
/// transaction is its own, as a provider's would be: the service can die between it and its own.
package protocol SimulatedProvider: Sendable {
    /// Takes notifications; answers those that it had not taken before.
    func take(_ notifications: [Identifier]) async throws -> Set<Identifier>
}

/// Beside the notifications, in the same SQLite file.
package struct SQLiteSimulatedProvider: SimulatedProvider {
    /// For a migration. Never edited: a change is another constant, for another migration.
    static let schema = """
        CREATE TABLE simulated_provider (
            notification_id BLOB PRIMARY KEY,
            taken_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX simulated_provider_age ON simulated_provider (taken_at);
        """

    /// Milliseconds. Providers commonly keep an idempotency key for a day.
    static let keep: Int64 = 24 * 60 * 60 * 1_000

    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) {
        self.database = database
    }

    package func take(_ notifications: [Identifier]) async throws -> Set<Identifier> {
        let now = Timestamp.now().milliseconds
        return try await database.write { connection in
            try connection.execute(
                """
                DELETE FROM simulated_provider WHERE notification_id IN (
                    SELECT notification_id FROM simulated_provider WHERE taken_at < ? ORDER BY taken_at LIMIT ?)
                """, [.integer(now - Self.keep), .integer(Int64(2 * notifications.count))])
            var fresh: Set<Identifier> = []
            for id in notifications.sorted() {
                try connection.execute(
                    "INSERT INTO simulated_provider (notification_id, taken_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    [.uuid(id.high, id.low), .integer(now)])
                if connection.changes == 1 { fresh.insert(id) }
            }
            return fresh
        }
    }
}
