import Events
import ExactText
import Identifiers
import Inventory
import Orders
import Shop
import Timestamps

/// A row of `orders`, as much of it as is compared: texts and items as hashes, good within this process.
struct OrderNote: SortedRecord {
    var key: Identifier
    private var created: Int64
    private var updated: Int64
    /// As `LoggedEvent` has them, of the order as it was confirmed.
    var content: Int64
    var personal: Int64
    /// `personal` of the order as it is now.
    var latest: Int64
    private var email: Int64
    private var phone: Int64
    var units: UnitsHash
    private var statusCode: UInt8
    private var hasCustomer: Bool
    private var hasPhone: Bool
    /// Whether its customer was erased.
    var isErased: Bool

    private static let statuses = OrderStatus.allCases

    init(_ order: Order) {
        let confirmed = OrderEvent.Order(order.asConfirmed)
        key = order.orderID
        created = order.createdAt.milliseconds
        updated = order.updatedAt.milliseconds
        content = LoggedEvent.content(confirmed)
        personal = LoggedEvent.personal(confirmed)
        latest = LoggedEvent.personal(OrderEvent.Order(order))
        email = order.customer.map { NotificationNote.hash($0.email) } ?? 0
        phone = order.customer?.phone.map { NotificationNote.hash($0) } ?? 0
        units = UnitsHash(order.items)
        statusCode = UInt8(Self.statuses.firstIndex(of: order.status) ?? 0)
        hasCustomer = order.customer != nil
        hasPhone = order.customer?.phone != nil
        isErased = order.customer?.isErased == true
    }

    var status: OrderStatus { Self.statuses[Int(statusCode)] }
    var createdAt: Timestamp { Timestamp(milliseconds: created) }
    var updatedAt: Timestamp { Timestamp(milliseconds: updated) }
    /// Hashes of the customer's addresses; nil where there are none.
    var emailHash: Int64? { hasCustomer ? email : nil }
    var phoneHash: Int64? { hasPhone ? phone : nil }
}

/// A row of `reservations`, as much of it as is compared.
struct ReservationNote: SortedRecord {
    var key: Identifier
    private var created: Int64
    var units: UnitsHash
    private var stateCode: UInt8
    /// It was made after audit had begun: nobody need know its order.
    var isLater: Bool

    private static let states = Reservation.State.allCases

    init(_ reservation: Reservation, isLater: Bool = false) {
        key = reservation.orderID
        created = reservation.createdAt.milliseconds
        units = UnitsHash(reservation.items)
        stateCode = UInt8(Self.states.firstIndex(of: reservation.state) ?? 0)
        self.isLater = isLater
    }

    var state: Reservation.State { Self.states[Int(stateCode)] }
    var createdAt: Timestamp { Timestamp(milliseconds: created) }
}

/// How many units of which products: equal where these are, in whatever order and on however many lines, and good within this
/// process.
struct UnitsHash: BitwiseCopyable, Sendable, Equatable {
    private var sum: Int64 = 0

    init(_ items: [OrderItem]) {
        for item in items { sum &+= Int64(truncatingIfNeeded: item.productID.hashValue | 1) &* item.quantity }
    }
}
