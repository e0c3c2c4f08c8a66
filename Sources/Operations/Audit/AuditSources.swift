package import EventLog
package import Inventory
package import Notifications
package import Orders
package import Outbox

/// What audit compares.
package struct AuditSources: Sendable {
    package var log: any EventLog
    package var orders: any OrderReader
    package var orderOutbox: any OutboxReader
    package var inventory: any InventoryReader
    package var inventoryOutbox: any OutboxReader
    package var notifications: any NotificationReader

    package init(
        log: any EventLog, orders: any OrderReader, orderOutbox: any OutboxReader, inventory: any InventoryReader,
        inventoryOutbox: any OutboxReader, notifications: any NotificationReader
    ) {
        self.log = log
        self.orders = orders
        self.orderOutbox = orderOutbox
        self.inventory = inventory
        self.inventoryOutbox = inventoryOutbox
        self.notifications = notifications
    }
}
