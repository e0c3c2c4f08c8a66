package import Identifiers
import PostgreSQL

/// What is to be told again.
extension PostgreSQLNotificationStore: RepeatRequests {
    /// The repeats that wait of these events; they are made in the caller's transaction.
    static func takingRepeats(of events: [Identifier]) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            UPDATE repeats SET made_at = \(PostgreSQLClock.now)
            WHERE event_id = ANY($1) AND made_at IS NULL RETURNING event_id, repeat
            """, [.uuids(Set(events).sorted().map(\.bytes))])
    }

    /// What `takingRepeats` answered.
    static func repeats(_ taken: PostgreSQLResult) -> [Identifier: Int64] {
        taken.map { (Identifier(bytes: $0.bytes(0)), $0.int(1)) }.reduce(into: [:]) { repeats, row in
            if let event = row.0 { repeats[event] = row.1 }
        }
    }

    package func ask(again events: [Identifier]) async throws -> [Identifier] {
        try await database.write { connection in
            try connection.run(
                """
                INSERT INTO repeats (event_id, repeat, asked_at)
                SELECT i.event_id,
                    (SELECT coalesce(max(r.repeat), 0) + 1 FROM repeats r WHERE r.event_id = i.event_id),
                    \(PostgreSQLClock.now)
                FROM inbox i WHERE i.event_id = ANY($1) ON CONFLICT DO NOTHING RETURNING event_id
                """, [.uuids(events.map(\.bytes))]
            ).map { Identifier(bytes: $0.bytes(0)) }.compactMap(\.self)
        }
    }

    package func withdraw(_ events: [Identifier]) async throws {
        try await database.write { connection in
            _ = try connection.run(
                "DELETE FROM repeats WHERE event_id = ANY($1) AND made_at IS NULL", [.uuids(events.map(\.bytes))])
        }
    }
}
