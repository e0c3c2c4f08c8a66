import Events
package import Identity
import Inbox
import PostgreSQL
import SQLite
package import ServiceHost

/// The notification service's database: one place knows which engines there are.
package struct NotificationDatabase: Sendable {
    package let store: any NotificationStore & NotificationReader & RepeatRequests
    let provider: any SimulatedProvider
    let memory: any GroupMemory
    /// Whether other replicas may leave work here without a word.
    let isShared: Bool
    package let membership: ShopDatabase
    package let connection: OpenDatabase

    package static func open(
        _ location: DatabaseLocation, for access: DatabaseAccess
    ) async throws -> NotificationDatabase {
        switch location {
        case .sqlite(let path):
            let database = try await SQLiteDatabase(
                path: path, role: access == .service ? .owner : .readOnly,
                hallmark: ShopDatabase.Description.notification.hallmark,
                migrations: SQLiteNotificationMigrations.all)
            let store = SQLiteNotificationStore(database)
            if access == .service {
                do {
                    try await SQLiteReplayMark.refuse(database)
                    // Nobody else uses the file, so a claim in it is that of a process that died.
                    try await store.dropClaims()
                } catch {
                    await database.close()
                    throw error
                }
            }
            return NotificationDatabase(
                store: store, provider: SQLiteSimulatedProvider(database), memory: SQLiteGroupMemory(database),
                isShared: false, membership: ShopDatabase(.notification, in: database),
                connection: OpenDatabase(database))
        case .postgreSQL(let url, let passwordFile):
            let database = try await PostgreSQLDatabase(
                url: url, passwordFile: passwordFile, access: access == .service ? .service : .tool,
                hallmark: ShopDatabase.Description.notification.hallmark,
                migrations: PostgreSQLNotificationMigrations.all)
            return NotificationDatabase(
                store: PostgreSQLNotificationStore(database), provider: PostgreSQLSimulatedProvider(database),
                memory: PostgreSQLGroupMemory(database), isShared: true,
                membership: ShopDatabase(.notification, in: database), connection: OpenDatabase(database))
        }
    }
}

extension ShopDatabase.Description {
    static let notification = Self.reader(
        service: "notification", topic: Topics.orders, table: "notifications",
        evidence: [.inbox, .order("notifications")])
}
