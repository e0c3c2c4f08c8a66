import TestDatabase
import Testing

@testable import Notifications

@Suite struct SQLiteNotificationStoreTests {
    @Test func keepsTheContract() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            try await NotificationStoreContract(store: SQLiteNotificationStore(database)).run()
        }
    }
}
