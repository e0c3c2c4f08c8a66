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

/// `/inventory`: products and their stock.
struct InventoryRoutes: Sendable {
    let store: any InventoryStore
    let committed: @Sendable () -> Void

    func add(to api: inout API) {
        api.on(InventoryOperations.list) { call in
            try await store.products(InventoryOperations.filter(call.query), call.page()).response(
                "products", to: call
            ) {
                ProductAnswer($0).write(to: &$1)
            }
        }
        api.on(InventoryOperations.add) { try await create($0) }
        api.on(InventoryOperations.change) { try await change($0) }
        api.on(InventoryOperations.get) { .json(ProductAnswer(try await product($0)).json()) }
        api.on(InventoryOperations.stockStatus) { call in
            let product = try await product(call)
            var json = JSONWriter()
            json.object { json in
                json.field("product_id", product.productID.string)
                json.field("status", product.status.rawValue)
                json.field("available", product.available)
                json.field("archived", product.isArchived)
            }
            return .json(json.finish())
        }
        api.on(InventoryOperations.take) { call in
            try await changeStock(call) {
                try await store.take($0, quantity: $1, key: $2, cause: $3, answer: Self.answer)
            }
        }
        api.on(InventoryOperations.replenish) { call in
            try await changeStock(call) {
                try await store.replenish($0, by: $1, key: $2, cause: $3, answer: Self.answer)
            }
        }
    }

    private func create(_ call: Call) async throws -> HTTPResponse {
        let new = try call.json(NewProduct.read)
        guard let product = try await store.add(new, cause: call.cause) else {
            throw Problem(
                .productExists,
                detail: "There is a product \(new.productID) already. To add stock, PUT to its /replenish.")
        }
        committed()
        return .json(
            ProductAnswer(product).json(), status: 201,
            headers: [("location", "/inventory/" + PercentEncoding.segment(product.productID.string))])
    }

    private func change(_ call: Call) async throws -> HTTPResponse {
        let change = try call.json(ProductChange.read)
        let id = Self.productID(call)
        do {
            let (product, isChanged) = try await store.change(id, by: change, cause: call.cause)
            if isChanged { committed() }
            return .json(ProductAnswer(product).json())
        } catch let error as StockError {
            throw Problem(error, productID: id)
        }
    }

    private func changeStock(
        _ call: Call,
        _ change: (_ productID: ProductID, _ quantity: Int64, _ key: IdempotencyKey?, _ cause: Cause)
            async throws
            -> FirstAnswer
    ) async throws -> HTTPResponse {
        let quantity = try call.json { json -> Int64? in
            var quantity: Int64?
            let isObject = try json.object { key, json in
                switch key {
                case "quantity": quantity = try json.int(in: Units.ofChange)
                default: try json.skip()
                }
            }
            return isObject ? json.require(quantity, "quantity") : nil
        }
        let productID = Self.productID(call)
        do {
            let key = try call.request.idempotencyKey { Self.values(productID, quantity) }
            let answer = try await change(productID, quantity, key, call.cause)
            committed()
            return answer.response()
        } catch let error as StockError {
            throw Problem(error, productID: productID)
        } catch is IdempotencyKeyReused {
            throw Problem.idempotencyKeyReused
        }
    }

    /// By which a change of stock is known again.
    private static func values(_ productID: ProductID, _ quantity: Int64) -> Framed {
        var values = Framed()
        values.add(productID.string)
        values.add(quantity)
        return values
    }

    /// What a change of stock is answered, and its repeats.
    @Sendable private static func answer(_ product: Product) -> [UInt8] { ProductAnswer(product).json() }

    private static func productID(_ call: Call) -> ProductID {
        ProductID(call.parameter("product_id"))
    }

    private func product(_ call: Call) async throws -> Product {
        let id = Self.productID(call)
        guard let product = try await store.product(id) else { throw Problem(StockError.unknownProduct, productID: id) }
        return product
    }
}

extension Problem {
    init(_ error: StockError, productID: ProductID) {
        switch error {
        case .unknownProduct:
            self = .notFound("such product")
        case .shortage(let shortage):
            self.init(
                .notEnoughStock,
                detail: "\(shortage.requested) units were asked for, \(shortage.available) are available.")
            var json = JSONWriter()
            Shortage.write([shortage], to: &json)
            members = [("shortages", json.finish())]
        case .tooMuch:
            self.init(
                .tooMuchStock,
                detail: "A product can have at most \(Units.ofProduct.upperBound) units.")
        case .tooMuchMetadata:
            self = .invalidField(
                "metadata", "the product would have more than \(Metadata.mostEntries) entries with these")
        }
    }
}
