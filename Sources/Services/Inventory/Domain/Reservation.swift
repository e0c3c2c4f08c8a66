package import Identifiers
package import InventoryAPI
package import Shop
package import Timestamps

/// The stock of one order.
package struct Reservation: Sendable, Hashable {
    /// held → sold when its batch is closed; from either to shipped or released.
    package enum State: String, Sendable, CaseIterable {
        /// Reserved, and its batch is open: its order may not exist.
        case held
        /// Reserved, and its order is known.
        case sold
        /// Given back, or refused for good.
        case released
        /// Left the house.
        case shipped

        /// What a release call may give back.
        package static let undecided: Set<State> = [.held]
        /// What an order's event gives back or ships.
        package static let reserved: Set<State> = [.held, .sold]
    }

    package var orderID: Identifier
    /// nil when it was released before anybody reserved it.
    package var batchID: Identifier?
    package var state: State
    /// At the names and prices of the moment when it was reserved; none when it was released before.
    package var items: [OrderItem]
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    /// The outcome of a reserve call for this order, made again.
    package func repeated(_ items: [WantedItem], expecting total: Money? = nil) -> ReservationOutcome {
        switch state {
        case .released: return .released
        case .held, .sold, .shipped:
            let known = Dictionary(
                self.items.map { ($0.productID, $0.quantity) }, uniquingKeysWith: { first, _ in first })
            let asked = Dictionary(items.map { ($0.productID, $0.quantity) }, uniquingKeysWith: { first, _ in first })
            let isSame = known == asked && (total == nil || total == OrderItem.total(self.items))
            return isSame ? .reserved(self.items) : .conflict(isSold: state != .held)
        }
    }
}
