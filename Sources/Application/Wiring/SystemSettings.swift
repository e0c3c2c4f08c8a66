package import ServiceHost

/// Everything that a running system is told.
package struct SystemSettings: Sendable {
    package var log: LogSettings
    /// nil: not run here.
    package var order: ServiceSettings?
    package var inventory: ServiceSettings?
    package var notification: ServiceSettings?
    /// Where the order service finds inventory; nil: the one that runs here.
    package var inventoryAddress: ServiceAddress?

    package init(
        log: LogSettings, order: ServiceSettings? = nil, inventory: ServiceSettings? = nil,
        notification: ServiceSettings? = nil, inventoryAddress: ServiceAddress? = nil
    ) {
        self.log = log
        self.order = order
        self.inventory = inventory
        self.notification = notification
        self.inventoryAddress = inventoryAddress
    }
}
