package import ConnectionThreads
internal import Deadlines
package import PostgreSQL
package import SQLite
package import Telemetry
internal import Timestamps

/// A service's database that is open, whichever engine keeps it.
package struct OpenDatabase: Sendable {
    /// Why it takes no writes now; nil where nothing is known against it. Asks nobody.
    package let trouble: @Sendable () -> DatabaseCondition.Trouble?
    private let look: @Sendable () async -> Void
    private let probing: DatabaseProbing
    private let end: @Sendable () async -> Void

    package init(_ database: SQLiteDatabase) {
        trouble = { database.trouble }
        look = { database.look() }
        probing = DatabaseProbing(database.condition) { await database.probe() }
        end = { await database.close() }
    }

    package init(_ database: PostgreSQLDatabase) {
        trouble = { database.trouble }
        look = { await database.look() }
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

    /// Whether this service can commit to its database: by its last real write, and while that failed by probes.
    package var check: HealthCheck {
        HealthCheck(
            "database", isNeeded: true, keptFor: .zero,
            look: {
                // Looking waits its turn behind others: not for long.
                await RequestDeadline.$current.withValue(.now + Self.lookWithin) { await look() }
                return trouble().map { Complaint($0.reason, since: Timestamp.now() - (ContinuousClock.now - $0.since)) }
            })
    }

    private static let lookWithin: Duration = .seconds(2)
}

extension Timestamp {
    fileprivate static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        moment.advanced(bySeconds: -(duration / .seconds(1)))
    }
}
