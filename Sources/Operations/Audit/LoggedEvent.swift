import EventLog
import Events
import Identifiers
import SQLite

/// An order's event as the log first had it.
struct LoggedEvent: Sendable, Hashable {
    var id: Identifier
    var kind: OrderEvent.Kind
    var place: LogPosition
    /// Whether the customer had an e-mail address (1) and a phone (2).
    var channels: Int64
    /// A hash of the order in it, good within this process.
    var content: Int64

    init(_ event: OrderEvent, at place: LogPosition) {
        id = event.id
        kind = event.kind
        self.place = place
        channels = (event.order.customer == nil ? 0 : 1) + (event.order.customer?.phone == nil ? 0 : 2)
        content = Self.content(event.order)
    }

    static func content(_ order: OrderDocument) -> Int64 { Int64(order.hashValue) }

    static let kinds = OrderEvent.Kind.allCases

    init(_ row: SQLiteRow) throws {
        guard let id = Identifier(bytes: row.blob(0)) else { throw SQLiteError(.corrupt, "audit's own notes") }
        self.id = id
        kind = Self.kinds[Int(row.int(1))]
        place = LogPosition(topic: Topics.orders, partition: Int32(row.int(2)), offset: row.int(3))
        channels = row.int(4)
        content = row.int(5)
    }
}
