import Batching
import Events
import HTTPServer
import Identifiers
import InventoryAPI
import JSON
import ServiceHost
import Telemetry
import Timestamps

/// `/reservations`, on the inside door: what the order service calls.
struct ReservationRoutes: Sendable {
    /// A reserve call carries at most 10,000 lines.
    static let maximumBody = 16 << 20

    /// What it has, for the street, which had it once.
    static let all = [
        ("POST", "/reservations"), ("POST", "/reservations/release"), ("POST", "/reservations/close"),
        ("GET", "/reservations"), ("GET", "/reservations/{order_id}"),
    ]

    let store: any InventoryStore
    let batcher: ReservationBatcher
    let committed: @Sendable () -> Void

    func add(to api: inout API) {
        api.post("/reservations", maximumBody: Self.maximumBody) { request in
            let call = try request.json(ReserveCall.read)
            let outcomes = try await batcher.reserve(call, traceparent: request.trace.traceparent)
            let results = zip(call.reservations, outcomes).map {
                ReserveAnswer.Result(orderID: $0.orderID, outcome: $1)
            }
            return .json(ReserveAnswer(results: results).json())
        }
        api.post("/reservations/release") { request in
            let orders = try Self.identifiers("order_ids", request)
            try await store.release(orders)
            committed()
            return Self.done(orders.count)
        }
        api.post("/reservations/close") { request in
            let batches = try Self.identifiers("batch_ids", request)
            try await store.close(batches)
            return Self.done(batches.count)
        }
        api.get("/reservations", query: [Self.openFor, Page.limit, Page.cursor]) { _, query in
            let seconds = query.number(Self.openFor) ?? 0
            return try await store.reservations(openFor: seconds, Page(query))
                .response("reservations") { $0.write(to: &$1) }
        }
        api.get("/reservations/{order_id}") { request in
            let text = request.parameters["order_id"] ?? ""
            guard let order = Identifier(text), let reservation = try await store.reservation(of: order) else {
                throw Problem.notFound("reservation for the order \(text)")
            }
            var json = JSONWriter()
            reservation.write(to: &json)
            return .json(json.finish())
        }
    }

    private static let openFor = QueryParameter(
        "open_for", .number(0...1_000_000_000), isRequired: true,
        description: "Reservations of batches that have been open for more than so many seconds.")

    private static func identifiers(_ name: StaticString, _ request: HTTPRequest) throws -> [Identifier] {
        try request.json { json in
            var identifiers: [Identifier]?
            let isObject = try json.object { key, json in
                if name ~= key {
                    identifiers = try json.identifiers(count: 0...ReserveCall.maximumNamed)
                } else {
                    try json.skip()
                }
            }
            return isObject ? json.require(identifiers, "\(name)") : nil
        }
    }

    private static func done(_ count: Int) -> HTTPResponse {
        var json = JSONWriter()
        json.object { $0.field("done", count) }
        return .json(json.finish())
    }
}

extension Reservation {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("order_id", orderID.description)
            json.field("batch_id", batchID?.description)
            json.field("state", state.rawValue)
            json.key("items")
            OrderDocument.Item.write(items, to: &json)
            json.field("created_at", createdAt.rfc3339)
            json.field("updated_at", updatedAt.rfc3339)
        }
    }
}
