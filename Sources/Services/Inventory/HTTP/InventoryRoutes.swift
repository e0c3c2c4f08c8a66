import Events
import ExactText
import HTTPServer
import Idempotency
import Identifiers
import InventoryAPI
import JSON
import ServiceHost
import Telemetry

/// `/inventory`: products and their stock.
struct InventoryRoutes: Sendable {
    let store: any InventoryStore
    let committed: @Sendable () -> Void

    func add(to api: inout API) {
        api.get("/inventory", query: [Page.limit, Page.cursor]) { _, query in
            try await store.products(Page(query)).response("products") { $0.write(to: &$1) }
        }
        api.post("/inventory") { try await create($0) }
        api.get("/inventory/{product_id}") { .json(try await product($0).json()) }
        api.get("/inventory/{product_id}/status") { request in
            let product = try await product(request)
            var json = JSONWriter()
            json.object { json in
                json.field("product_id", product.productID.string)
                json.field("status", product.status.rawValue)
                json.field("available", product.available)
            }
            return .json(json.finish())
        }
        api.put("/inventory/{product_id}/reserve") { request in
            try await changeStock(request) { try await store.take($0, quantity: $1, key: $2, traceparent: $3) }
        }
        api.put("/inventory/{product_id}/replenish") { request in
            try await changeStock(request) { try await store.replenish($0, by: $1, key: $2, traceparent: $3) }
        }
    }

    private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        let new = try request.json(NewProduct.read)
        guard let product = try await store.add(new, traceparent: request.trace.traceparent) else {
            throw Problem(
                409, kind: "product-exists", title: "Product exists",
                detail: "There is a product \(new.productID) already. To add stock, PUT to its /replenish.")
        }
        committed()
        return .json(
            product.json(), status: 201,
            headers: [("location", "/inventory/" + PercentEncoding.segment(product.productID.string))])
    }

    private func changeStock(
        _ request: HTTPRequest,
        _ change: (_ productID: ProductID, _ quantity: Int64, _ key: IdempotencyKey?, _ traceparent: String)
            async throws
            -> FirstAnswer
    ) async throws -> HTTPResponse {
        let quantity = try request.json { json -> Int64? in
            var quantity: Int64?
            let isObject = try json.object { key, json in
                switch key {
                case "quantity": quantity = try json.int(in: 1...ProductDocument.stock.upperBound)
                default: try json.skip()
                }
            }
            return isObject ? json.require(quantity, "quantity") : nil
        }
        let productID = Self.productID(request)
        do {
            let answer = try await change(
                productID, quantity, try IdempotencyKey(request), request.trace.traceparent)
            committed()
            return answer.response()
        } catch let error as StockError {
            throw Problem(error, productID: productID)
        } catch is IdempotencyKeyReused {
            throw Problem.idempotencyKeyReused
        }
    }

    private static func productID(_ request: HTTPRequest) -> ProductID {
        ProductID(request.parameters["product_id"] ?? "")
    }

    private func product(_ request: HTTPRequest) async throws -> ProductDocument {
        let id = Self.productID(request)
        guard let product = try await store.product(id) else { throw Problem(StockError.unknownProduct, productID: id) }
        return product
    }
}

extension Problem {
    init(_ error: StockError, productID: ProductID) {
        switch error {
        case .unknownProduct:
            self = .notFound("product \(productID)")
        case .shortage(let shortage):
            self.init(
                409, kind: "not-enough-stock", title: "Not enough stock",
                detail: "\(shortage.requested) units were asked for, \(shortage.available) are available.")
            var json = JSONWriter()
            Shortage.write([shortage], to: &json)
            members = [("shortages", json.finish())]
        case .tooMuch:
            self.init(
                409, kind: "too-much-stock", title: "Too much stock",
                detail: "A product can have at most \(ProductDocument.stock.upperBound) units.")
        }
    }
}

extension NewProduct {
    fileprivate static func read(_ json: inout JSONReader) throws -> NewProduct? {
        var productID: ProductID?
        var name: ExactText?
        var price: Money?
        var quantity: Int64?
        var threshold: Int64? = defaultThreshold
        let isObject = try json.object { key, json in
            switch key {
            case "product_id": productID = try json.productID()
            case "name": name = try json.text(limit: Text.nameLimit)
            case "price": price = try Money.read(&json, amounts: Money.prices)
            case "quantity": quantity = try json.int(in: ProductDocument.stock)
            case "low_stock_threshold":
                threshold = try json.null() ? defaultThreshold : try json.int(in: ProductDocument.stock)
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (
            json.require(productID, "product_id"), json.require(name, "name"), json.require(price, "price"),
            json.require(quantity, "quantity")
        )
        guard let productID = present.0, let name = present.1, let price = present.2, let quantity = present.3,
            let threshold
        else { return nil }
        return NewProduct(
            productID: productID, name: name, price: price, quantity: quantity, lowStockThreshold: threshold)
    }
}
