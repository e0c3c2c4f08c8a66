package import Databases
import Events
package import Identity
import Inbox
import Outbox
import PostgreSQL
import SQLite

/// The notification service's database: one place knows which engines there are.
package struct NotificationDatabase: Sendable {
    package let store:
        any NotificationStore & MessageStanding & NotificationReader & RepeatRequests & NotificationErasure
    let provider: any SimulatedProvider
    let memory: any GroupMemory
    /// Of the replica that tells what all share.
    let surveyLease: any Lease
    /// Whether other replicas may leave work here without a word.
    let isShared: Bool
    package let membership: ShopDatabase
    package let connection: OpenDatabase

    /// Throws the engine's error: of a database of another service, for one, or one newer than this program.
    package static func open(
        _ location: DatabaseLocation, for access: DatabaseAccess, maximumWaiting: Int = 2_000,
        wording: Wording = Wording()
    ) async throws -> NotificationDatabase {
        switch location {
        case .sqlite(let path):
            let database = try await access.open(
                path: path, hallmark: ShopDatabase.Description.notification.hallmark,
                migrations: SQLiteNotificationMigrations.all, maximumWaiting: maximumWaiting)
            let store = SQLiteNotificationStore(database, wording: wording)
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
                surveyLease: SoleLease(), isShared: false, membership: ShopDatabase(.notification, in: database),
                connection: OpenDatabase(database))
        case .postgreSQL(let url, let passwordFile):
            let database = try await PostgreSQLDatabase(
                url: url, passwordFile: passwordFile, access: access.ofPostgreSQL,
                hallmark: ShopDatabase.Description.notification.hallmark,
                migrations: PostgreSQLNotificationMigrations.all)
            return NotificationDatabase(
                store: PostgreSQLNotificationStore(database, wording: wording),
                provider: PostgreSQLSimulatedProvider(database),
                memory: PostgreSQLGroupMemory(database),
                surveyLease: PostgreSQLLease("survey", in: database), isShared: true,
                membership: ShopDatabase(.notification, in: database), connection: OpenDatabase(database))
        }
    }
}

extension ShopDatabase.Description {
    static let notification = Self.reader(
        service: "notification", topic: Topics.orders, group: Topics.notificationGroup, table: "notifications",
        evidence: [.inbox, .order("notifications")])
}
