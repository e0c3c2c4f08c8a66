package import Databases
import Events
package import Identity
package import Outbox
import PostgreSQL
import SQLite

/// The order service's database: one place knows which engines there are.
package struct OrderDatabase: Sendable {
    package let store: any OrderStore & OrderReader & OrderErasure
    package let outbox: any OutboxStore & OutboxReader & OutboxErasure
    let relayLease: any Lease
    let reclaimingLease: any Lease
    package let membership: ShopDatabase
    package let connection: OpenDatabase

    /// Throws the engine's error: of a database of another service, for one, or one newer than this program.
    package static func open(
        _ location: DatabaseLocation, for access: DatabaseAccess, maximumWaiting: Int = 2_000
    ) async throws -> OrderDatabase {
        switch location {
        case .sqlite(let path):
            let database = try await access.open(
                path: path, hallmark: ShopDatabase.Description.order.hallmark, migrations: SQLiteOrderMigrations.all,
                maximumWaiting: maximumWaiting)
            return OrderDatabase(
                store: SQLiteOrderStore(database), outbox: SQLiteOutbox(database), relayLease: SoleLease(),
                reclaimingLease: SoleLease(), membership: ShopDatabase(.order, in: database),
                connection: OpenDatabase(database))
        case .postgreSQL(let url, let passwordFile):
            let database = try await PostgreSQLDatabase(
                url: url, passwordFile: passwordFile, access: access.ofPostgreSQL,
                hallmark: ShopDatabase.Description.order.hallmark, migrations: PostgreSQLOrderMigrations.all)
            return OrderDatabase(
                store: PostgreSQLOrderStore(database, maximumWaiting: maximumWaiting),
                outbox: PostgreSQLOutbox(database),
                relayLease: PostgreSQLLease("relay", in: database),
                // Earlier versions, which may run beside this one, know it by this name.
                reclaimingLease: PostgreSQLLease("settling", in: database),
                membership: ShopDatabase(.order, in: database), connection: OpenDatabase(database))
        }
    }
}

extension ShopDatabase.Description {
    package static let order: Self = {
        var order = Self.origin(
            service: "order", topic: Topics.orders, table: "orders",
            births: [OrderEvent.Kind.confirmed.rawValue, OrderEvent.Kind.rejected.rawValue],
            evidence: [.order("orders")])
        order.isRegistered = true
        return order
    }()
}
