import Events
package import Identity
package import Outbox
import PostgreSQL
import SQLite
package import ServiceHost

/// The order service's database: one place knows which engines there are.
package struct OrderDatabase: Sendable {
    package let store: any OrderStore & OrderReader
    package let outbox: any OutboxStore & OutboxReader
    let relayLease: any Lease
    let settlingLease: any Lease
    package let membership: ShopDatabase
    package let connection: OpenDatabase

    package static func open(_ location: DatabaseLocation, for access: DatabaseAccess) async throws -> OrderDatabase {
        switch location {
        case .sqlite(let path):
            let database = try await SQLiteDatabase(
                path: path, role: access == .service ? .owner : .readOnly,
                hallmark: ShopDatabase.Description.order.hallmark,
                migrations: SQLiteOrderMigrations.all)
            return OrderDatabase(
                store: SQLiteOrderStore(database), outbox: SQLiteOutbox(database), relayLease: SoleLease(),
                settlingLease: SoleLease(), membership: ShopDatabase(.order, in: database),
                connection: OpenDatabase(database))
        case .postgreSQL(let url, let passwordFile):
            let database = try await PostgreSQLDatabase(
                url: url, passwordFile: passwordFile, access: access == .service ? .service : .tool,
                hallmark: ShopDatabase.Description.order.hallmark, migrations: PostgreSQLOrderMigrations.all)
            return OrderDatabase(
                store: PostgreSQLOrderStore(database), outbox: PostgreSQLOutbox(database),
                relayLease: PostgreSQLLease("relay", in: database),
                settlingLease: PostgreSQLLease("settling", in: database),
                membership: ShopDatabase(.order, in: database), connection: OpenDatabase(database))
        }
    }
}

extension ShopDatabase.Description {
    package static let order = Self.origin(
        service: "order", topic: Topics.orders, table: "orders", evidence: [.order("orders")])
}
