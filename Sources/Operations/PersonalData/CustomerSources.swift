package import Databases
package import EventLog
package import Notifications
package import Orders
package import Outbox

/// Where something about a customer is kept. (Inventory knows order ids, and nobody's name.)
package struct CustomerSources: Sendable {
    package var log: any EventLog
    package var orders: any OrderStore & OrderReader & OrderErasure
    package var outbox: any OutboxReader & OutboxErasure
    package var notifications: any NotificationStore & NotificationReader & NotificationErasure
    /// The order and the notification service's.
    package var databases: [OpenDatabase]

    package init(log: any EventLog, order: OrderDatabase, notification: NotificationDatabase) {
        self.log = log
        orders = order.store
        outbox = order.outbox
        notifications = notification.store
        databases = [order.connection, notification.connection]
    }
}
