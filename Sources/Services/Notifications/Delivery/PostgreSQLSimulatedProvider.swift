package import Identifiers
package import PostgreSQL

/// Beside the notifications, in the same PostgreSQL database.
package struct PostgreSQLSimulatedProvider: SimulatedProvider {
    /// For a migration. Never edited: a change is another constant, for another migration.
    static let schema = """
        CREATE TABLE simulated_provider (notification_id uuid PRIMARY KEY, taken_at bigint NOT NULL);
        CREATE INDEX simulated_provider_age ON simulated_provider (taken_at);
        """

    private let database: PostgreSQLDatabase

    package init(_ database: PostgreSQLDatabase) {
        self.database = database
    }

    package func take(_ notifications: [Identifier]) async throws -> Set<Identifier> {
        try await database.write { connection in
            let clean = PostgreSQLStatement(
                """
                DELETE FROM simulated_provider WHERE notification_id IN (
                    SELECT notification_id FROM simulated_provider WHERE taken_at < \(PostgreSQLClock.now) - $1
                    ORDER BY taken_at LIMIT $2 FOR UPDATE SKIP LOCKED)
                """, [.int(SQLiteSimulatedProvider.keep), .int(Int64(2 * notifications.count))])
            let take = PostgreSQLStatement(
                """
                INSERT INTO simulated_provider (notification_id, taken_at) SELECT id, \(PostgreSQLClock.now)
                FROM unnest($1::uuid[]) AS n (id) ON CONFLICT DO NOTHING RETURNING notification_id
                """, [.uuids(notifications.sorted().map(\.bytes))])
            let fresh = try connection.runLast([clean, take])[1].map { Identifier(bytes: $0.bytes(0)) }
            return Set(fresh.compactMap(\.self))
        }
    }
}
