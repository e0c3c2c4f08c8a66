import HTTPAPI
import HTTPServer
import Identifiers

struct ConsoleRoutes: Sendable {
    let neighbours: Neighbours
    let timelines: TimelineReader
    let status: @Sendable () async -> [UInt8]

    func add(to api: inout API) {
        api.on(ConsoleOperations.timeline) { try await timelines.answer($0, of: try Self.orderID($0)) }
        api.on(ConsoleOperations.status) { _ in .json(await status()) }
        pass(ConsoleOperations.orders, to: .order, &api) { _ in "/orders" }
        pass(ConsoleOperations.place, to: .order, &api) { _ in "/orders" }
        pass(ConsoleOperations.order, to: .order, &api) { try "/orders/\(Self.orderID($0))" }
        for move in ConsoleOperations.moves {
            let verb = move.pattern.split(separator: "/").last ?? ""
            pass(move, to: .order, &api) { try "/orders/\(Self.orderID($0))/\(verb)" }
        }
        pass(ConsoleOperations.products, to: .inventory, &api) { _ in "/inventory" }
        pass(ConsoleOperations.product, to: .inventory, &api) { try "/inventory/\(Self.productID($0))" }
        pass(ConsoleOperations.replenish, to: .inventory, &api) { try "/inventory/\(Self.productID($0))/replenish" }
    }

    /// Passes an operation on to a service, at the path that it has there. The query, which was checked, goes along as it came.
    private func pass(
        _ operation: HTTPAPI.Operation, to neighbour: Neighbour, _ api: inout API,
        _ path: @escaping @Sendable (Call) throws -> String
    ) {
        api.on(operation) { call in
            let target = call.request.target
            let query = target.firstIndex(of: "?").map { String(target[$0...]) } ?? ""
            let body = operation.body == nil ? nil : call.request.body
            return try await neighbours.ask(
                neighbour, operation.method.rawValue, path(call) + query, body: body, for: call
            ).passedOn
        }
    }

    private static func orderID(_ call: Call) throws -> Identifier {
        guard let id = Identifier(call.parameter("order_id")) else {
            throw Problem.notFound("such order; an order_id is a UUID")
        }
        return id
    }

    /// As a segment of a path. Two texts can't be one: they mean another path.
    private static func productID(_ call: Call) throws -> String {
        let id = call.parameter("product_id")
        guard id != ".", id != ".." else { throw Problem.notFound("such product") }
        return PercentEncoding.segment(id)
    }
}
