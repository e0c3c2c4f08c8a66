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
        let fresh = try transaction.run(
            """
            INSERT INTO inbox (event_id, received_at) SELECT event_id, \(PostgreSQLClock.now)
            FROM unnest($1::uuid[]) AS e (event_id) ON CONFLICT DO NOTHING RETURNING event_id
            """, [.uuids(Set(events).sorted().map(\.bytes))]
        ).map { Identifier(bytes: $0.bytes(0)) }
        return Set(fresh.compactMap(\.self))
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
