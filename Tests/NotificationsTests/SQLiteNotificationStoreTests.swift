import TestDatabase
import Testing

@testable import Notifications

@Suite struct SQLiteNotificationStoreTests {
    @Test func keepsTheContract() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            try await NotificationStoreContract(store: SQLiteNotificationStore(database)).run()
        }
    }

    @Test func noStatementGoesThroughATable() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            try await NotificationStoreContract(store: store).runEverything(reader: store)
            try await store.dropClaims()
            let scans = try await QueryPlans.scans(
                in: database,
                fill: [
                    """
                    INSERT INTO notifications (notification_id, order_id, event_id, type, channel, recipient, subject, body,
                        status, attempts, created_at)
                    SELECT randomblob(16), CAST('o' || (i / 2) AS BLOB), randomblob(16), 'order_confirmed', 'email', 'a@b',
                        'a', 'a', 'sent', 1, i FROM n
                    """, "INSERT INTO inbox (event_id, received_at) SELECT randomblob(16), i FROM n",
                ], small: ["notifications_due", "repeats"], sparing: [])
            #expect(scans == [])
        }
    }
}
