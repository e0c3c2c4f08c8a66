package import Identifiers
package import JSON
package import Shop

/// `POST /reservations`: a batch of orders that want stock, each of which gets all of its items or none.
package struct ReserveCall: Sendable, Hashable {
    /// The most orders and the most lines that one call may carry.
    package static let maximumOrders = 256
    /// In all of its orders together.
    package static let maximumLines = 10_000
    /// The most orders or batches that a call names without more: in `closed`, or to release or close them.
    package static let maximumNamed = 256

    /// What one order wants.
    package struct Reservation: Sendable, Hashable {
        package var orderID: Identifier
        /// One line a product.
        package var items: [WantedItem]
        /// What they are to cost together; nil: whatever they cost will do.
        package var expectedTotal: Money?
        /// The trace of its own request, where it is not the one of the call: W3C trace context, not looked at here.
        package var traceparent: String?
        package var tracestate: String?

        package init(
            orderID: Identifier, items: [WantedItem], expectedTotal: Money? = nil, traceparent: String? = nil,
            tracestate: String? = nil
        ) {
            self.orderID = orderID
            self.items = items
            self.expectedTotal = expectedTotal
            self.traceparent = traceparent
            self.tracestate = tracestate
        }
    }

    /// What it reserves is held as long as this batch is open.
    package var batchID: Identifier
    /// Earlier batches of the caller in which nothing is undecided any more; `maximumNamed` at most.
    package var closed: [Identifier]
    /// 1 to `maximumOrders`, answered in this order.
    package var reservations: [Reservation]

    package init(batchID: Identifier, closed: [Identifier], reservations: [Reservation]) {
        self.batchID = batchID
        self.closed = closed
        self.reservations = reservations
    }
}

extension ReserveCall {
    /// The body of the request.
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 256 + reservations.count * 256)
        json.object { json in
            json.field("batch_id", batchID)
            json.key("closed")
            json.array { json in
                for id in closed { json.string(id) }
            }
            json.key("reservations")
            json.array { json in
                for reservation in reservations {
                    json.object { json in
                        json.field("order_id", reservation.orderID)
                        json.key("items")
                        WantedItem.write(reservation.items, to: &json)
                        if let total = reservation.expectedTotal {
                            json.key("expected_total")
                            total.write(to: &json)
                        }
                        if let traceparent = reservation.traceparent { json.field("traceparent", traceparent) }
                        if let tracestate = reservation.tracestate { json.field("tracestate", tracestate) }
                    }
                }
            }
        }
        return json.finish()
    }

    /// nil when a field error was noted. A product's id that today's rules refuse is only one that nobody knows: an order service
    /// of an earlier version takes it, and the other orders of the call must not fail for it.
    package static func read(_ json: inout JSONReader) throws -> ReserveCall? {
        var batchID: Identifier?
        var closed: [Identifier] = []
        var reservations: [Reservation]?
        let isObject = try json.object { key, json in
            switch key {
            case "batch_id": batchID = try json.identifier()
            case "closed": closed = try json.identifiers(count: 0...maximumNamed) ?? []
            case "reservations": reservations = try readReservations(&json)
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (json.require(batchID, "batch_id"), json.require(reservations, "reservations"))
        guard let batchID = present.0, let reservations = present.1 else { return nil }
        guard reservations.reduce(0, { $0 + $1.items.count }) <= maximumLines else {
            json.note("must have at most \(maximumLines) items in all", member: "reservations")
            return nil
        }
        return ReserveCall(batchID: batchID, closed: closed, reservations: reservations)
    }

    private static func readReservations(_ json: inout JSONReader) throws -> [Reservation]? {
        var reservations: [Reservation] = []
        let isArray = try json.array(count: 1...maximumOrders) { json in
            var orderID: Identifier?
            var items: [WantedItem]?
            var expectedTotal: Money?
            var (traceparent, tracestate): (String?, String?)
            var lines: [Int] = []
            let isObject = try json.object { key, json in
                switch key {
                case "order_id": orderID = try json.identifier()
                case "items": items = try WantedItem.readMerged(&json, firstLines: &lines, isKept: true)
                case "expected_total": expectedTotal = try json.null() ? nil : try Money.read(&json)
                case "traceparent": traceparent = try json.null() ? nil : try json.string()
                case "tracestate": tracestate = try json.null() ? nil : try json.string()
                default: try json.skip()
                }
            }
            guard isObject else { return }
            let present = (json.require(orderID, "order_id"), json.require(items, "items"))
            guard let orderID = present.0, let items = present.1 else { return }
            reservations.append(
                Reservation(
                    orderID: orderID, items: items, expectedTotal: expectedTotal, traceparent: traceparent,
                    tracestate: tracestate))
        }
        return isArray ? reservations : nil
    }
}

extension JSONReader {
    /// An array of UUIDs; nil when a field error was noted for the array itself.
    package mutating func identifiers(count: ClosedRange<Int>) throws -> [Identifier]? {
        var identifiers: [Identifier] = []
        let isArray = try array(count: count) { json in
            if let identifier = try json.identifier() { identifiers.append(identifier) }
        }
        return isArray ? identifiers : nil
    }
}
