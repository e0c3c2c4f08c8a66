import PostgreSQL

extension PostgreSQLNotificationStore: MessageStanding {
    package func unsent() async throws -> UnsentMessages {
        try await database.read { connection in
            try connection.run(
                """
                SELECT count(*), count(CASE WHEN attempts > 1 OR attempts = 1 AND owner IS NULL THEN 1 END), min(created_at)
                FROM (
                    SELECT attempts, owner, created_at FROM notifications WHERE status = 'queued'
                    LIMIT \(UnsentMessages.most)) AS unsent
                """
            ).first { UnsentMessages($0.int(0), tried: $0.int(1), $0.optionalInt(2)) } ?? UnsentMessages()
        }
    }
}
