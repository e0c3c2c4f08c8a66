package import ConnectionThreads
package import PostgreSQL
package import SQLite
package import Telemetry

/// A service's database that is open, whichever engine keeps it.
package struct OpenDatabase: Sendable {
    /// Why it takes no writes now; nil where nothing is known against it. Asks nobody.
    package let trouble: @Sendable () -> DatabaseCondition.Trouble?
    /// Has the database look whether it is still there. Waits its turn behind others, within the task's `RequestDeadline`.
    package let look: @Sendable () async -> Void
    /// Removes what changed and deleted rows left behind. The duration: how long others may stand in the way.
    package let sweep: @Sendable (Duration) async throws -> Void
    /// How far this machine's clock is ahead of the database's, in seconds; 0 where that is this machine.
    package let clockOffset: @Sendable () async throws -> Double
    /// Hears what transactions took.
    package let writes: WriteObserver
    private let probing: DatabaseProbing
    private let end: @Sendable () async -> Void

    package init(_ database: SQLiteDatabase) {
        clockOffset = { 0 }
        writes = database.writes
        trouble = { database.trouble }
        look = { await database.look() }
        sweep = { try await database.sweep(within: $0) }
        probing = DatabaseProbing(database.condition) { await database.probe() }
        end = { await database.close() }
    }

    package init(_ database: PostgreSQLDatabase) {
        clockOffset = { try await database.clockOffset() }
        writes = database.writes
        trouble = { database.trouble }
        look = { await database.look() }
        sweep = { _ in try await database.sweep() }
        probing = DatabaseProbing(database.condition) { await database.probe() }
        end = { await database.close() }
    }

    /// From now on its troubles are told, and while it is in one it is probed.
    package func watch(_ logger: Logger) { probing.start(logger) }

    /// Waits for what runs, and lets go of it. Idempotent.
    package func close() async {
        await probing.stop()
        await end()
    }
}
