import Audit
import Console
import Databases
import EventLog
import Inventory
import Notifications
import Orders
import Progress
import ServiceLife

/// An audit of the services of this process, for their console.
enum ShopProof {
    /// nil: not all three are here.
    static func prover(_ settings: SystemSettings, log: any EventLog) -> Prover? {
        guard let order = settings.order?.database, let inventory = settings.inventory?.database,
            let notification = settings.notification?.database
        else { return nil }
        return { tell in
            var connections: [OpenDatabase] = []
            let result: Result<AuditReport, any Error>
            do {
                let orders = try await OrderDatabase.open(order, for: .tool)
                connections.append(orders.connection)
                let stock = try await InventoryDatabase.open(inventory, for: .tool)
                connections.append(stock.connection)
                let told = try await NotificationDatabase.open(notification, for: .tool)
                connections.append(told.connection)
                let sources = AuditSources(
                    log: log, orders: orders.store, orderOutbox: orders.outbox, inventory: stock.store,
                    inventoryOutbox: stock.outbox, notifications: told.store)
                let audit = Audit(
                    sources, republish: nil, patience: .seconds(Audit.patience),
                    progress: Progress(tell: tell))
                result = .success(try await audit.run())
            } catch {
                result = .failure(error)
            }
            for connection in connections { await connection.close() }
            return Array(try result.get().json().utf8)
        }
    }
}
