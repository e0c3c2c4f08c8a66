package import EventLog
package import PostgreSQL

/// In a service's PostgreSQL database, beside its inbox.
package struct PostgreSQLGroupMemory: GroupMemory {
    /// For a migration of the service. Never edited: a change is another constant, for another migration.
    package static let schema = """
        CREATE TABLE bookmarks (
            group_name text NOT NULL,
            topic text NOT NULL,
            partition bigint NOT NULL,
            read_offset bigint,
            ce_id text,
            fingerprint bytea,
            horizon_offset bigint NOT NULL DEFAULT 0,
            horizon_time bigint NOT NULL DEFAULT 0,
            void_offset bigint,
            PRIMARY KEY (group_name, topic, partition)
        )
        """

    private let database: PostgreSQLDatabase

    package init(_ database: PostgreSQLDatabase) {
        self.database = database
    }

    /// In the transaction of the work. In the order of the partitions, so that two replicas wait for each other in one
    /// order, should both believe that they read a partition.
    package static func remember(_ bookmarks: Bookmarks?, in transaction: PostgreSQLConnection) throws {
        try transaction.execute(remembering(bookmarks))
    }

    /// The same, to be run together with other statements; none for no bookmarks.
    package static func remembering(_ bookmarks: Bookmarks?) -> [PostgreSQLStatement] {
        guard let bookmarks, !bookmarks.list.isEmpty else { return [] }
        let list = bookmarks.list
        let remember = PostgreSQLStatement(
            """
            INSERT INTO bookmarks AS b (group_name, topic, partition, read_offset, ce_id, fingerprint)
            SELECT $1, r.* FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
                AS r (topic, partition, read_offset, ce_id, fingerprint)
            ON CONFLICT (group_name, topic, partition) DO UPDATE SET
                read_offset = excluded.read_offset, ce_id = excluded.ce_id, fingerprint = excluded.fingerprint
            WHERE b.read_offset IS NULL OR b.read_offset < excluded.read_offset
            """,
            [
                .text(bookmarks.group), .texts(list.map(\.partition.topic)),
                .ints(list.map { Int64($0.partition.partition) }), .ints(list.map(\.offset)),
                .texts(list.map(\.eventID)), .byteArrays(list.map(\.fingerprint)),
            ])
        return [remember]
    }

    package func remember(_ bookmarks: Bookmarks) async throws {
        try await database.write { _ = try $0.runLast(Self.remembering(bookmarks)) }
    }

    package func secure(now: Bool) async throws { try await database.synced() }

    package func recall(
        group: String
    ) async throws -> (partitions: [LogPartition: RememberedPartition], isInboxEmpty: Bool) {
        try await database.read { connection in
            let rows = try connection.run(
                "SELECT \(RememberedPartition.columns) FROM bookmarks WHERE group_name = $1", [.text(group)]
            ).map {
                RememberedPartition.row(
                    $0.text(0), $0.int(1), $0.optionalInt(2), $0.optionalText(3), $0.optionalBytes(4),
                    Horizon(offset: $0.int(5), time: $0.int(6)), $0.optionalInt(7))
            }
            let isEmpty = try connection.run("SELECT 1 FROM inbox LIMIT 1").count == 0
            return (Dictionary(rows) { first, _ in first }, isEmpty)
        }
    }

    package func replace(_ partitions: [LogPartition: RememberedPartition], group: String) async throws {
        let list = partitions.sorted { $0.key < $1.key }
        guard !list.isEmpty else { return }
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO bookmarks
                SELECT $1, r.* FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[],
                    $7::bigint[], $8::bigint[], $9::bigint[])
                    AS r (topic, partition, read_offset, ce_id, fingerprint, horizon_offset, horizon_time, void_offset)
                ON CONFLICT (group_name, topic, partition) DO UPDATE SET
                    read_offset = excluded.read_offset, ce_id = excluded.ce_id, fingerprint = excluded.fingerprint,
                    horizon_offset = excluded.horizon_offset, horizon_time = excluded.horizon_time,
                    void_offset = excluded.void_offset
                """,
                [
                    .text(group), .texts(list.map(\.key.topic)), .ints(list.map { Int64($0.key.partition) }),
                    .optionalInts(list.map(\.value.bookmark?.offset)), .texts(list.map(\.value.bookmark?.eventID)),
                    .byteArrays(list.map(\.value.bookmark?.fingerprint)), .ints(list.map(\.value.horizon.offset)),
                    .ints(list.map(\.value.horizon.time)), .optionalInts(list.map(\.value.voidOffset)),
                ])
        }
    }
}
