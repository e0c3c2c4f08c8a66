import Testing

@testable import Notifications

@Suite struct SQLiteNotificationStoreTests {
    @Test func keepsTheContract() async throws {
        try await withNotificationDatabase { database in
            try await NotificationStoreContract(store: SQLiteNotificationStore(database)).run()
        }
    }
}
