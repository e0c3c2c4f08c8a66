package import Identifiers
package import JSON
package import Shop

/// A page of `GET /reservations?open_for=SECONDS`: what reclaiming reads, oldest batch first.
package struct OpenReservations: Sendable, Hashable {
    /// What is reserved for one order.
    package struct Reservation: Sendable, Hashable {
        package var orderID: Identifier
        package var batchID: Identifier
        /// Whether it still holds stock.
        package var isHeld: Bool
        package var items: [OrderItem]

        package init(orderID: Identifier, batchID: Identifier, isHeld: Bool, items: [OrderItem]) {
            self.orderID = orderID
            self.batchID = batchID
            self.isHeld = isHeld
            self.items = items
        }
    }

    /// At most as many as the page was asked for; reservations of a closed batch are left out.
    package var reservations: [Reservation]
    /// What the next page is asked for with; nil behind the last.
    package var nextCursor: String?

    package init(reservations: [Reservation], nextCursor: String?) {
        self.reservations = reservations
        self.nextCursor = nextCursor
    }

    /// Reads the page; members that reclaiming has no use for are ignored.
    package static func read(_ json: inout JSONReader) throws -> OpenReservations? {
        var reservations: [Reservation] = []
        var nextCursor: String?
        let isObject = try json.object { key, json in
            switch key {
            case "reservations":
                _ = try json.array(count: 0...1_000) { json in
                    if let reservation = try Reservation.read(&json) { reservations.append(reservation) }
                }
            case "next_cursor": nextCursor = try json.null() ? nil : try json.string()
            default: try json.skip()
            }
        }
        return isObject ? OpenReservations(reservations: reservations, nextCursor: nextCursor) : nil
    }
}

extension OpenReservations.Reservation {
    fileprivate static func read(_ json: inout JSONReader) throws -> Self? {
        var orderID: Identifier?
        var batchID: Identifier?
        var state: String?
        var items: [OrderItem]?
        let isObject = try json.object { key, json in
            switch key {
            case "order_id": orderID = try json.identifier()
            case "batch_id": batchID = try json.identifier()
            case "state": state = try json.string()
            case "items": items = try OrderItem.readAll(&json)
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (
            json.require(orderID, "order_id"), json.require(batchID, "batch_id"), json.require(state, "state"),
            json.require(items, "items")
        )
        guard let orderID = present.0, let batchID = present.1, let state = present.2,
            let items = present.3
        else { return nil }
        return Self(orderID: orderID, batchID: batchID, isHeld: state == "held", items: items)
    }
}
