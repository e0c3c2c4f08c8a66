package import ConnectionThreads
internal import Deadlines
internal import Synchronization

/// A PostgreSQL database: a pool of connections, and as many threads, which is where libpq may block; a `WorkThread` uses a free
/// connection itself.
///
/// Reads for requests, which are those with a `RequestDeadline`, and the services' own have different connections, so that
/// neither waits for the other. A database that goes away and comes back is survived: a call fails meanwhile, and the next one connects anew. `close`
/// must be called.
package final class PostgreSQLDatabase: Sendable {
    let writers: ConnectionThreads<PostgreSQLConnection>
    private let readers: ConnectionThreads<PostgreSQLConnection>
    /// For the services' own work.
    private let workReaders: ConnectionThreads<PostgreSQLConnection>
    /// For `probe`: connected for that time only.
    private let prober: ConnectionThreads<PostgreSQLConnection>
    /// Whether it takes writes now, as far as the last calls know.
    package let condition = DatabaseCondition()
    let commits = Mutex(Commits())
    /// Hears what transactions took.
    package let writes = WriteObserver()
    /// Those of its migrations. Other applications may have theirs beside them.
    let tables: [String]

    /// What it is opened for.
    package enum Access: Sendable {
        /// Migrates the database.
        case service
        /// For tools: migrates nothing, and refuses a database that is not at the last migration.
        case tool
    }

    /// Connects, and migrates.
    ///
    /// - Parameters:
    ///   - url: `postgres://USER@HOST:PORT/DATABASE?sslmode=…`, or any other connection string of libpq's.
    ///   - passwordFile: a file with the password, where the URL has none.
    ///   - connections: connections that write, 2 or more; and as many that read, one of them for the services' own work.
    /// - Throws: `.unavailable` when it can't be reached, `.newerThanProgram`.
    package init(
        url: String, passwordFile: String? = nil, access: Access = .service, connections: Int = 4,
        hallmark: String? = nil,
        migrations: [PostgreSQLMigration]
    ) async throws {
        precondition(connections >= 2, "requests and work must connect")
        precondition(migrations.map(\.version) == Array(1..<migrations.count + 1), "migrations are numbered 1, 2, 3 …")
        tables = migrations.flatMap(\.tables)
        writers = ConnectionThreads("postgres-writer", closed: PostgreSQLError.closed)
        readers = ConnectionThreads("postgres-reader", closed: PostgreSQLError.closed)
        workReaders = ConnectionThreads("postgres-work", closed: PostgreSQLError.closed)
        prober = ConnectionThreads("postgres-prober", closed: PostgreSQLError.closed)
        let refused = PostgreSQLError(.other, "the system refuses a thread")
        do {
            for (threads, count) in [(writers, connections), (readers, connections - 1), (workReaders, 1)] {
                for _ in 0..<count {
                    try await threads.start(refused: refused) { [condition] () throws(PostgreSQLError) in
                        PostgreSQLConnection(url: url, passwordFile: passwordFile, condition: condition)
                    }
                }
            }
            try await prober.start(refused: refused) { () throws(PostgreSQLError) in
                let connection = PostgreSQLConnection(url: url, passwordFile: passwordFile, condition: nil)
                (connection.connectWithin, connection.answerWithin) = (Self.probeWithin, Self.probeWithin)
                return connection
            }
            try await writers.run { connection in
                switch access {
                case .service: try connection.migrate(migrations, hallmark: hallmark)
                case .tool: try connection.expect(migrations, hallmark: hallmark)
                }
            }
        } catch {
            await close()
            throw error
        }
    }

    /// Runs `body` in one transaction, READ COMMITTED, on one of the writers' connections; rolled back when `body` throws.
    /// It may run more than once: a transaction that others undid is tried again. Throws `.unknownOutcome` when the commit
    /// got no answer, `DeadlinePassed` at the request's deadline. A cancelled task's transaction is carried out all the same.
    ///
    /// - Parameter count: how many requests it serves, for metrics
    nonisolated(nonsending) package func write<T: Sendable>(
        _ commit: Commit = .synced, serving count: Int = 1,
        _ body: @escaping @Sendable (PostgreSQLConnection) throws -> T
    ) async throws -> T {
        let asked = ContinuousClock.now
        return try await writers.run { connection in
            let begun = ContinuousClock.now
            connection.committing = .zero
            defer {
                let took = ContinuousClock.now - begun
                self.writes.note(
                    WriteTimes(
                        wait: begun - asked, run: took - connection.committing, commit: connection.committing,
                        writes: count))
            }
            let before = self.commits.withLock { $0.unsynced }
            // Also where it changed nothing, for another replica's commit may have, or it is not known what became of it.
            defer { if commit == .unsynced { self.commits.withLock { $0.noteUnsynced() } } }
            let value = try Self.noting(self.condition, connection) { try connection.transaction(commit, body) }
            if commit == .synced, connection.hasChanged { self.commits.withLock { $0.noteSynced(before) } }
            return value
        }
    }

    /// Runs `body` on a snapshot of what is committed, on one of the readers' connections. Throws `DeadlinePassed` at
    /// the request's deadline.
    nonisolated(nonsending) package func read<T: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) throws -> T
    ) async throws -> T {
        do {
            return try await (RequestDeadline.current == nil ? workReaders : readers).run { [condition] connection in
                do {
                    let value = try connection.snapshot(body)
                    condition.answered()
                    return value
                } catch let error as PostgreSQLError {
                    if error.reason != nil || error.kind == .timedOut { condition.suspect() }
                    throw error
                }
            }
        } catch is DeadlinePassed {
            // What only reads changes nothing, even where it goes on.
            throw DeadlinePassed(wasBegun: false)
        }
    }

    /// Runs `body` on the connection that probes.
    func probing<T: Sendable>(_ body: @escaping @Sendable (PostgreSQLConnection) throws -> T) async throws -> T {
        try await prober.run(body)
    }

    /// Waits for what runs, lets go of every connection. Later calls throw `.closed`. Idempotent.
    package func close() async {
        for threads in [readers, workReaders, writers, prober] { await threads.stop() }
    }
}
