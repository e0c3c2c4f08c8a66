#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Building an index with CREATE INDEX CONCURRENTLY, which runs in no transaction, waits for every transaction that is older than itself, and
/// leaves an index that is not valid where it is killed.
extension PostgreSQLConnection {
    /// Another one than the migrations', for an earlier version waits for that in a statement, and a statement that waits is a transaction that
    /// the build waits for: "orderloh" as bytes.
    private static let buildLock: Int64 = 0x6f72_6465_726c_6f68
    /// Of a table of any size, behind somebody's transaction of any length.
    private static let buildWithin: Duration = .seconds(24 * 3_600)
    private static let lookEvery: UInt32 = 250_000
    /// What others undo is tried so often.
    private static let buildTries = 5

    /// Builds the index of a migration, or waits until another replica has, and notes the migration.
    func build(_ index: PostgreSQLIndex, of migration: PostgreSQLMigration) throws {
        let builder = PostgreSQLConnection(url: url, passwordFile: passwordFile, condition: nil)
        defer { builder.close() }
        let end = ContinuousClock.now + Self.buildWithin
        while try !buildAlone(index, of: migration, by: builder) {
            guard .now < end else { throw PostgreSQLError(.timedOut, "another replica builds the index \(index.name)") }
            usleep(Self.lookEvery)
        }
    }

    /// false: another replica is building. The lock is a transaction's, which a pooler leaves us, and who finds it taken asks again later.
    private func buildAlone(
        _ index: PostgreSQLIndex, of migration: PostgreSQLMigration, by builder: PostgreSQLConnection
    ) throws -> Bool {
        try transactionOnce { connection in
            let isOurs =
                try connection.run("SELECT pg_try_advisory_xact_lock($1)", [.int(Self.buildLock)])
                .first { $0.bool(0) } ?? false
            guard isOurs else { return false }
            guard try connection.schemaVersion() < migration.version else { return true }
            // It stays open, and idle, until the index is there. And it comes last: what a SELECT has read from is kept until the next
            // statement, and the build would wait for it.
            try connection.run("SET LOCAL idle_in_transaction_session_timeout = 0")
            try builder.build(index)
            try connection.note(migration)
            return true
        }
    }

    private func build(_ index: PostgreSQLIndex) throws(PostgreSQLError) {
        answerWithin = Self.buildWithin
        _ = try connected()
        // A pooler's connection has none of our settings.
        if isPooled == false {
            try run("SET statement_timeout = 0")
            try run("SET lock_timeout = 0")
        }
        for attempt in 1... {
            do throws(PostgreSQLError) {
                return try buildOnce(index)
            } catch {
                guard error.kind == .conflict, attempt < Self.buildTries else { throw error }
            }
        }
    }

    private func buildOnce(_ index: PostgreSQLIndex) throws(PostgreSQLError) {
        // A process that was killed may have left a build behind that goes on.
        let building = PostgreSQLStatement(
            "SELECT count(*) FROM pg_stat_progress_create_index WHERE relid = to_regclass($1)", [.text(index.table)])
        while try run([building])[0].first({ $0.int(0) > 0 }) == true { usleep(Self.lookEvery) }
        let found = PostgreSQLStatement(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", [.text(index.name)])
        switch try run([found])[0].first({ $0.bool(0) }) {
        case true?: return
        case false?: try run("DROP INDEX CONCURRENTLY IF EXISTS \(index.name)")
        case nil: break
        }
        try run(index.creation(concurrently: true))
    }
}
