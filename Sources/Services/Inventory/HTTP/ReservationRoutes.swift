import Causes
import Databases
import HTTPAPI
import HTTPServer
import Identifiers
import InventoryAPI
import JSON
import Shop
import Telemetry
import Timestamps
import Tracing

/// `/reservations`, on the inside door: what the order service calls.
struct ReservationRoutes: Sendable {
    let store: any InventoryStore
    let tracer: Tracer
    let committed: @Sendable () -> Void

    func add(to api: inout API) {
        api.on(ReservationOperations.reserve) { call in
            let reserve = try call.json(ReserveCall.read).withKnownTraces
            let spans = spans(of: reserve, call)
            let outcomes: [ReservationOutcome]
            do {
                outcomes = try await store.reserve(
                    [reserve], causes: [call.neighboursCause], committed: committed)[0]
                spans?.end()
            } catch {
                spans?.end(failure: "it was refused")
                throw error
            }
            let results = zip(reserve.reservations, outcomes).map {
                ReserveAnswer.Result(orderID: $0.orderID, outcome: $1)
            }
            return .json(ReserveAnswer(results: results).json())
        }
        api.on(ReservationOperations.release) { call in
            let orders = try Self.identifiers("order_ids", call)
            let count = try await store.release(orders, cause: call.neighboursCause)
            committed()
            return Self.done(count)
        }
        api.on(ReservationOperations.close) { call in
            let batches = try Self.identifiers("batch_ids", call)
            return Self.done(try await store.close(batches))
        }
        api.on(ReservationOperations.list) { call in
            let seconds = call.query.number(ReservationOperations.openFor) ?? 0
            return try await store.reservations(openFor: seconds, call.page())
                .response("reservations", to: call) { $0.write(to: &$1) }
        }
        api.on(ReservationOperations.get) { call in
            let text = call.parameter("order_id")
            guard let order = Identifier(text), let reservation = try await store.reservation(of: order) else {
                throw Problem.notFound("reservation for such an order")
            }
            var json = JSONWriter()
            reservation.write(to: &json)
            return .json(json.finish())
        }
    }

    /// Of a call with several orders each trace has a span of its own, beside the call's.
    private func spans(of reserve: ReserveCall, _ call: Call) -> SharedSpans? {
        guard reserve.reservations.count > 1 else { return nil }
        return tracer.beginShared("POST /reservations", .server, in: call.trace) {
            reserve.reservations.map { TraceContext.recorded($0.traceparent, $0.tracestate) }
        }
    }

    private static func identifiers(_ name: StaticString, _ call: Call) throws -> [Identifier] {
        try call.json { json in
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

    /// How many of those that were named it did something for.
    private static func done(_ count: Int) -> HTTPResponse {
        var json = JSONWriter()
        json.object { $0.field("done", count) }
        return .json(json.finish())
    }
}

extension ReserveCall {
    /// Without what is no trace context: it goes on into events.
    fileprivate var withKnownTraces: ReserveCall {
        var call = self
        for index in reservations.indices {
            guard let traceparent = reservations[index].traceparent else { continue }
            let context = TraceContext(traceparent: traceparent, tracestate: reservations[index].tracestate)
            call.reservations[index].traceparent = context?.traceparent
            call.reservations[index].tracestate = context?.state
        }
        return call
    }
}

extension Reservation {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("order_id", orderID)
            json.field("batch_id", batchID?.description)
            json.field("state", state.rawValue)
            json.key("items")
            OrderItem.write(items, to: &json)
            json.field("created_at", createdAt)
            json.field("updated_at", updatedAt)
        }
    }
}
