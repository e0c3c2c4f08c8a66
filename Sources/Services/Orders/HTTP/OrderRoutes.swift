import Causes
import Databases
import ExactText
import HTTPAPI
import HTTPServer
import Idempotency
import Identifiers
import InventoryAPI
import JSON
import Shop
import Telemetry
import Timestamps

struct OrderRoutes: Sendable {
    let placement: OrderPlacement
    let store: any OrderStore
    let committed: @Sendable () -> Void
    let placed: PlacedOrders

    func add(to api: inout API) {
        api.on(OrderOperations.place, refused: placed.note(refused:_:)) { try await place($0) }
        api.on(OrderOperations.list) { try await list($0) }
        api.on(OrderOperations.get) { call in
            guard let order = try await store.order(try Self.orderID(call)) else {
                throw Problem(OrderError.unknownOrder)
            }
            return await OrderAnswer(order).response()
        }
        api.on(OrderOperations.ship) { call in
            try await move(call, .ship(try call.optionalJSON(ShipmentBody.read) ?? nil))
        }
        api.on(OrderOperations.deliver) { try await move(try Self.withoutBody($0), .deliver) }
        api.on(OrderOperations.cancel) { call in
            try await move(call, .cancel(reason: try call.optionalJSON(Self.readReason) ?? nil))
        }
    }

    private func place(_ call: Call) async throws -> HTTPResponse {
        let body: OrderBody
        do {
            body = try call.json(OrderBody.read)
        } catch let problem where problem.type == .invalidFields {
            // An earlier version may have taken what is refused today, and "nothing was changed" be wrong.
            guard let key = try Self.key(call, nil), let answer = try await placement.placed(before: key) else {
                throw problem
            }
            return await placed(answer)
        }
        let key = try Self.key(call, body.request)
        do {
            return await placed(try await placement.place(body.request, key: key, cause: call.cause))
        } catch let error as OrderError {
            throw Problem(error, body: body)
        }
    }

    private static func key(_ call: Call, _ request: OrderRequest?) throws -> IdempotencyKey? {
        try call.request.idempotencyKey { request?.values }
    }

    private func placed(_ answer: OrderPlacement.PlacedOrder) async -> HTTPResponse {
        placed.notePlaced(isReplayed: answer.isReplayed)
        return FirstAnswer(body: await OrderAnswer(answer.order).body(), isReplayed: answer.isReplayed)
            .response(status: 201, headers: [("location", "/orders/\(answer.order.orderID)")])
    }

    private func list(_ call: Call) async throws -> HTTPResponse {
        let query = call.query
        let filter = OrderFilter(
            status: query[OrderOperations.status].flatMap(OrderStatus.init),
            customerEmail: query[OrderOperations.customerEmail].map { ExactText($0) },
            customerID: query[OrderOperations.customerID].map { ExactText($0) },
            productID: query[OrderOperations.productID].map { ProductID($0) },
            createdFrom: query[OrderOperations.createdFrom].flatMap { Timestamp(rfc3339: $0) },
            createdBefore: query[OrderOperations.createdTo].flatMap { Timestamp(rfc3339: $0) })
        return try await store.orders(filter, call.page()).response("orders", to: call) {
            OrderAnswer($0).write(to: &$1)
        }
    }

    private func move(_ call: Call, _ move: OrderMove) async throws -> HTTPResponse {
        let id = try Self.orderID(call)
        do {
            let request = MoveRequest(orderID: id, move: move, cause: call.cause)
            let outcome = try await store.move([request], committed: committed)[0]
            return await OrderAnswer(try outcome.get()).response()
        } catch let error as OrderError {
            throw Problem(error)
        }
    }

    private static func orderID(_ call: Call) throws -> Identifier {
        let text = call.parameter("order_id")
        guard let id = Identifier(text) else { throw Problem.notFound("such order; an order_id is a UUID") }
        return id
    }

    /// A request that says all in its path. Clients send `{}` along.
    private static func withoutBody(_ call: Call) throws -> Call {
        _ = try call.optionalJSON { json in try json.object { _, json in try json.skip() } ? true : nil }
        return call
    }

    /// `{"reason"?}`: the outer nil is a field error, the inner one no reason.
    private static func readReason(_ json: inout JSONReader) throws -> ExactText?? {
        var reason: ExactText?
        let isObject = try json.object { key, json in
            switch key {
            case "reason": reason = try json.null() ? nil : try json.text(limit: Text.reasonLimit)
            default: try json.skip()
            }
        }
        return isObject ? .some(reason) : nil
    }
}
