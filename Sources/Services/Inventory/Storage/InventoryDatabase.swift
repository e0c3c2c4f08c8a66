package import Databases
import Events
package import Identity
import Inbox
package import Outbox
import PostgreSQL
import SQLite

/// The inventory service's database: one place knows which engines there are.
package struct InventoryDatabase: Sendable {
    package let store: any InventoryStore & StockStanding & InventoryReader
    package let outbox: any OutboxStore & OutboxReader
    let relayLease: any Lease
    let memory: any GroupMemory
    package let membership: ShopDatabase
    package let connection: OpenDatabase

    /// Throws the engine's error: of a database of another service, for one, or one newer than this program.
    package static func open(
        _ location: DatabaseLocation, for access: DatabaseAccess, maximumWaiting: Int = 2_000
    ) async throws -> InventoryDatabase {
        switch location {
        case .sqlite(let path):
            let database = try await access.open(
                path: path, hallmark: ShopDatabase.Description.inventory.hallmark,
                migrations: SQLiteInventoryMigrations.all, maximumWaiting: maximumWaiting)
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
                url: url, passwordFile: passwordFile, access: access.ofPostgreSQL,
                hallmark: ShopDatabase.Description.inventory.hallmark, migrations: PostgreSQLInventoryMigrations.all)
            return InventoryDatabase(
                store: PostgreSQLInventoryStore(database, maximumWaiting: maximumWaiting),
                outbox: PostgreSQLOutbox(database),
                relayLease: PostgreSQLLease("relay", in: database), memory: PostgreSQLGroupMemory(database),
                membership: ShopDatabase(.inventory, in: database),
                connection: OpenDatabase(database))
        }
    }
}

extension ShopDatabase.Description {
    package static let inventory = Self.origin(
        service: "inventory", topic: Topics.inventory, group: Topics.inventoryGroup, reading: Topics.orders,
        table: "products",
        births: [InventoryEvent.Change.productAdded(quantity: 0).type], evidence: [.product("products")])
}
