import EventLog
import Events
import Identifiers
import SQLite
import Shop

/// An order's event as the log first had it.
struct LoggedEvent: Sendable, Hashable {
    var id: Identifier
    var kind: OrderEvent.Kind
    var place: LogPosition
    /// Whether the customer had an e-mail address (1) and a phone (2).
    var channels: Int64
    /// A hash of the order in it without its customer, good within this process.
    var content: Int64
    /// A hash of its customer, reason and all that it has besides; `erased` where somebody erased them there.
    var personal: Int64
}

extension LoggedEvent {
    init(_ event: OrderEvent, at place: LogPosition) {
        id = event.id
        kind = event.kind
        self.place = place
        channels = (event.order.customer == nil ? 0 : 1) + (event.order.customer?.phone == nil ? 0 : 2)
        content = Self.content(event.order)
        personal = Self.personal(event.order)
    }

    static func content(_ order: OrderEvent.Order) -> Int64 { Int64(order.erased.hashValue) }

    static func personal(_ order: OrderEvent.Order) -> Int64 {
        order.customer?.isErased == true ? Self.erased : Int64(truncatingIfNeeded: hash(order))
    }

    private static func hash(_ order: OrderEvent.Order) -> Int {
        var hasher = Hasher()
        hasher.combine(order.customer)
        hasher.combine(order.reason)
        if let details = order.details { hasher.combine(details) }
        return hasher.finalize() | 1
    }

    /// Of a customer who was erased.
    static let erased: Int64 = 0

    static let kinds = OrderEvent.Kind.allCases

    static func code(_ kind: OrderEvent.Kind) -> Int { kinds.firstIndex(of: kind) ?? 0 }

    init(_ row: SQLiteRow) throws {
        guard let id = Identifier(bytes: row.blob(0)) else { throw SQLiteError(.corrupt, "audit's own notes") }
        self.id = id
        kind = Self.kinds[Int(row.int(1))]
        place = LogPosition(topic: Topics.orders, partition: Int32(row.int(2)), offset: row.int(3))
        channels = row.int(4)
        content = row.int(5)
        personal = row.int(6)
    }
}
