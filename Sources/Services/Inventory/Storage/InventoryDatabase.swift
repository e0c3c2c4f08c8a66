import Events
package import Identity
import Inbox
package import Outbox
import PostgreSQL
import SQLite
package import ServiceHost

/// The inventory service's database: one place knows which engines there are.
package struct InventoryDatabase: Sendable {
    package let store: any InventoryStore & InventoryReader
    package let outbox: any OutboxStore & OutboxReader
    let relayLease: any Lease
    let memory: any GroupMemory
    package let membership: ShopDatabase
    package let connection: OpenDatabase

    package static func open(
        _ location: DatabaseLocation, for access: DatabaseAccess
    ) async throws -> InventoryDatabase {
        switch location {
        case .sqlite(let path):
            let database = try await SQLiteDatabase(
                path: path, role: access == .service ? .owner : .readOnly,
                hallmark: ShopDatabase.Description.inventory.hallmark,
                migrations: SQLiteInventoryMigrations.all)
            if access == .service {
                do {
                    try await SQLiteReplayMark.refuse(database)
                } catch {
                    await database.close()
                    throw error
                }
            }
            return InventoryDatabase(
                store: SQLiteInventoryStore(database), outbox: SQLiteOutbox(database), relayLease: SoleLease(),
                memory: SQLiteGroupMemory(database), membership: ShopDatabase(.inventory, in: database),
                connection: OpenDatabase(database))
        case .postgreSQL(let url, let passwordFile):
            let database = try await PostgreSQLDatabase(
                url: url, passwordFile: passwordFile, access: access == .service ? .service : .tool,
                hallmark: ShopDatabase.Description.inventory.hallmark, migrations: PostgreSQLInventoryMigrations.all)
            return InventoryDatabase(
                store: PostgreSQLInventoryStore(database), outbox: PostgreSQLOutbox(database),
                relayLease: PostgreSQLLease("relay", in: database), memory: PostgreSQLGroupMemory(database),
                membership: ShopDatabase(.inventory, in: database),
                connection: OpenDatabase(database))
        }
    }
}

extension ShopDatabase.Description {
    package static let inventory = Self.origin(
        service: "inventory", topic: Topics.inventory, table: "products", evidence: [.product("products")])
}
