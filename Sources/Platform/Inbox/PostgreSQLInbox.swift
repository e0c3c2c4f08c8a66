package import Identifiers
package import PostgreSQL

/// The inbox in a service's PostgreSQL database: the events whose effect is committed.
package enum PostgreSQLInbox {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE inbox (event_id uuid PRIMARY KEY, received_at bigint NOT NULL)
        """

    /// Notes events in the caller's transaction, which also holds their effect; answers those that were not there yet.
    /// Another replica that handles one of them at the same moment is waited for.
    package static func enter(
        _ events: [Identifier], in transaction: PostgreSQLConnection
    ) throws -> Set<Identifier> {
        entered(try transaction.run([entering(events)])[0])
    }

    /// The same, to be run together with other statements.
    package static func entering(_ events: [Identifier]) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            INSERT INTO inbox (event_id, received_at) SELECT event_id, \(PostgreSQLClock.now)
            FROM unnest($1::uuid[]) AS e (event_id) ON CONFLICT DO NOTHING RETURNING event_id
            """, [.uuids(Set(events).sorted().map(\.bytes))])
    }

    /// What `entering` answered.
    package static func entered(_ result: PostgreSQLResult) -> Set<Identifier> {
        Set(result.map { Identifier(bytes: $0.bytes(0)) }.compactMap(\.self))
    }

    /// Takes events back that were entered in the caller's transaction: they are refused.
    package static func remove(_ events: Set<Identifier>, in transaction: PostgreSQLConnection) throws {
        try transaction.execute(removing(events))
    }

    /// The same, to be run together with other statements; none for no events.
    package static func removing(_ events: Set<Identifier>) -> [PostgreSQLStatement] {
        guard !events.isEmpty else { return [] }
        return [
            PostgreSQLStatement(
                "DELETE FROM inbox WHERE event_id = ANY($1)", [.uuids(events.sorted().map(\.bytes))])
        ]
    }

    package static func entered(
        _ events: [Identifier], in connection: PostgreSQLConnection
    ) throws -> Set<Identifier> {
        Set(
            try connection.run(
                "SELECT event_id FROM inbox WHERE event_id = ANY($1)", [.uuids(events.map(\.bytes))]
            ).map { Identifier(bytes: $0.bytes(0)) }.compactMap(\.self))
    }

    package static func events(
        after event: Identifier?, limit: Int, in connection: PostgreSQLConnection
    ) throws -> [Identifier] {
        try connection.run(
            "SELECT event_id FROM inbox WHERE event_id > $1 ORDER BY event_id LIMIT $2",
            [.uuid(event?.bytes ?? [UInt8](repeating: 0, count: 16)), .int(Int64(limit))]
        ).map { Identifier(bytes: $0.bytes(0)) }.compactMap(\.self)
    }
}
