import Console
package import Orders
package import Pacing

/// Parts of a system in whose place a test may put another.
package struct SystemParts: Sendable {
    package var clock: any ServiceClock = SystemClock()
    /// Whom the order service asks for stock; nil: the inventory service, over HTTP.
    package var inventory: (any Inventory)?
    /// What stands before the store of the order service's database.
    package var orderStore: @Sendable (any OrderStore) -> any OrderStore = { $0 }

    /// How long whoever looks at the console waits for the log.
    package var logPatience: Duration = ConsoleService.usualLogPatience

    package init() {}
}
