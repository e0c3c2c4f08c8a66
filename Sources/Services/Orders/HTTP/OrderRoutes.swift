import Batching
import Events
import ExactText
import HTTPServer
import Idempotency
import Identifiers
import InventoryAPI
import JSON
import ServiceHost
import Telemetry

struct OrderRoutes: Sendable {
    let placement: OrderPlacement
    let moves: OrderMoves
    let store: any OrderStore
    let placed: Counter

    func add(to api: inout API) {
        api.post("/orders") { try await place($0) }
        api.get("/orders", query: [Self.status, Self.customerEmail, Page.limit, Page.cursor]) { try await list($1) }
        api.get("/orders/{order_id}") { request in
            guard let order = try await store.order(try Self.orderID(request)) else {
                throw Problem(OrderError.unknownOrder)
            }
            return await order.document.response()
        }
        api.post("/orders/{order_id}/ship") { try await move($0, .ship) }
        api.post("/orders/{order_id}/deliver") { try await move($0, .deliver) }
        api.post("/orders/{order_id}/cancel") { request in
            try await move(request, .cancel(reason: try request.optionalJSON(Self.readReason) ?? nil))
        }
    }

    private func place(_ request: HTTPRequest) async throws -> HTTPResponse {
        let order = try request.json(OrderRequest.read)
        let key = try IdempotencyKey(request)
        do {
            let (id, answer) = try await placement.place(order, key: key, trace: request.trace)
            placed.add(1, answer.isReplayed ? "replayed" : "confirmed")
            return answer.response(status: 201, headers: [("location", "/orders/\(id)")])
        } catch let error as OrderError {
            placed.add(1, error.outcome)
            throw Problem(error, request: order)
        }
    }

    private static let status = QueryParameter(
        "status", .choice(OrderDocument.Status.allCases.map(\.rawValue)), description: "Only orders in this state.")
    private static let customerEmail = QueryParameter(
        "customer_email", .text(limit: Text.contactLimit), description: "Only this customer's orders.",
        complaint: { Text.emailComplaint($0) })

    private func list(_ query: QueryValues) async throws -> HTTPResponse {
        let filter = OrderFilter(
            status: query[Self.status].flatMap(OrderDocument.Status.init),
            customerEmail: query[Self.customerEmail].map { ExactText($0) })
        return try await store.orders(filter, Page(query)).response("orders") { $0.document.write(to: &$1) }
    }

    private func move(_ request: HTTPRequest, _ move: OrderMove) async throws -> HTTPResponse {
        let id = try Self.orderID(request)
        do {
            let order = try await moves.move(
                MoveRequest(orderID: id, move: move, traceparent: request.trace.traceparent))
            return await order.document.response()
        } catch let error as OrderError {
            throw Problem(error)
        }
    }

    private static func orderID(_ request: HTTPRequest) throws -> Identifier {
        let text = request.parameters["order_id"] ?? ""
        guard let id = Identifier(text) else { throw Problem.notFound("order \(text); an order_id is a UUID") }
        return id
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

extension OrderDocument {
    /// The order, as long as it may be.
    fileprivate func response() async -> HTTPResponse {
        items.count > 100 ? await besideTheLoop { .json(json()) } : .json(json())
    }
}
