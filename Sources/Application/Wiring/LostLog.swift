import Databases
import EventLog
import Foundation
import Identity
import Inventory
import Notifications
import Orders
import ServiceLife

/// A data folder whose log is gone. An empty one in its place would say that nothing ever happened.
enum LostLog {
    /// Throws `WrongLog` where the log's file is not there, and one of the databases has had a log. Makes nothing.
    static func refuse(_ settings: SystemSettings) async throws {
        guard case .embedded(let folder) = settings.log, !settings.log.isThere else { return }
        let path = folder + "/log.db"
        if let location = existing(settings.order) {
            let database = try await OrderDatabase.open(location, for: .service)
            try await check(database.membership, database.connection, path)
        }
        if let location = existing(settings.inventory) {
            let database = try await InventoryDatabase.open(location, for: .service)
            try await check(database.membership, database.connection, path)
        }
        if let location = existing(settings.notification) {
            let database = try await NotificationDatabase.open(location, for: .service)
            try await check(database.membership, database.connection, path)
        }
    }

    /// Where a database is that need not be made.
    private static func existing(_ settings: ServiceSettings?) -> DatabaseLocation? {
        guard let location = settings?.database else { return nil }
        if case .sqlite(let path) = location, !FileManager.default.fileExists(atPath: path) { return nil }
        return location
    }

    private static func check(_ database: ShopDatabase, _ connection: OpenDatabase, _ path: String) async throws {
        do {
            try await database.refuseNewLog(at: path)
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }
}
