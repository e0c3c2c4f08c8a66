internal import ConnectionThreads
internal import Synchronization

/// A PostgreSQL database: a pool of connections, each on a thread of its own, which is where libpq may block.
///
/// A database that goes away and comes back is survived: a call fails meanwhile, and the next one connects anew. `close`
/// must be called.
package final class PostgreSQLDatabase: Sendable {
    private let writers: ConnectionThreads<PostgreSQLConnection>
    private let readers: ConnectionThreads<PostgreSQLConnection>
    private let answered = Mutex<ContinuousClock.Instant?>(nil)

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
    ///   - connections: connections that write, 1 or more; and as many that read.
    /// - Throws: `.unavailable` when it can't be reached, `.newerThanProgram`.
    package init(
        url: String, passwordFile: String? = nil, access: Access = .service, connections: Int = 4,
        migrations: [PostgreSQLMigration]
    ) async throws {
        precondition(connections >= 1, "somebody must connect")
        precondition(migrations.map(\.version) == Array(1..<migrations.count + 1), "migrations are numbered 1, 2, 3 …")
        writers = ConnectionThreads(closed: PostgreSQLError.closed)
        readers = ConnectionThreads(closed: PostgreSQLError.closed)
        let refused = PostgreSQLError(.other, "the system refuses a thread")
        do {
            for threads in [writers, readers] {
                for _ in 0..<connections {
                    try await threads.start(refused: refused) { () throws(PostgreSQLError) in
                        PostgreSQLConnection(url: url, passwordFile: passwordFile)
                    }
                }
            }
            try await writers.run { connection in
                switch access {
                case .service: try connection.migrate(migrations)
                case .tool: try connection.expect(migrations)
                }
            }
        } catch {
            await close()
            throw error
        }
    }

    /// Runs `body` in one transaction, READ COMMITTED, on one of the writers' threads; rolled back when `body` throws. It
    /// may run more than once: a transaction that others undid is tried again. Throws `.unknownOutcome` when the commit
    /// got no answer. A cancelled task's transaction is carried out all the same.
    nonisolated(nonsending) package func write<T: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) throws -> T
    ) async throws -> T {
        let value = try await writers.run { try $0.transaction(body) }
        answered.withLock { $0 = .now }
        return value
    }

    /// Runs `body` on a snapshot of what is committed, on one of the readers' threads.
    nonisolated(nonsending) package func read<T: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) throws -> T
    ) async throws -> T {
        let value = try await readers.run { try $0.snapshot(body) }
        answered.withLock { $0 = .now }
        return value
    }

    /// When a transaction last came to its end; nil: none has. Tells that the database is there, without waiting in line
    /// behind what it is busy with.
    package var lastAnswer: ContinuousClock.Instant? { answered.withLock { $0 } }

    /// Waits for what runs, lets go of every connection. Later calls throw `.closed`. Idempotent.
    package func close() async {
        await readers.stop()
        await writers.stop()
    }
}
