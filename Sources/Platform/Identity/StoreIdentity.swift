package import Identifiers

/// What a database belongs to: one shop, on one log.
package struct StoreIdentity: Sendable, Hashable {
    /// Made at random at the shop's first start. All databases of the shop have it, and its log.
    package var shop: Identifier
    /// As `EventLog.identity` has it.
    package var log: String

    package init(shop: Identifier, log: String) {
        self.shop = shop
        self.log = log
    }
}
