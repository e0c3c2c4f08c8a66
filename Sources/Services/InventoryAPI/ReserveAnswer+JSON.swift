import Events
import Identifiers
package import JSON

extension ReserveAnswer {
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 64 + results.count * 300)
        json.object { json in
            json.key("results")
            json.array { json in
                for result in results {
                    json.object { json in
                        json.field("order_id", result.orderID.description)
                        result.outcome.writeMembers(to: &json)
                    }
                }
            }
        }
        return json.finish()
    }

    package static func read(_ json: inout JSONReader) throws -> ReserveAnswer? {
        var results: [Result]?
        let isObject = try json.object { key, json in
            guard case "results" = key else { return try json.skip() }
            var list: [Result] = []
            let isArray = try json.array(count: 0...ReserveCall.maximumOrders) { json in
                if let result = try Result.read(&json) { list.append(result) }
            }
            results = isArray ? list : nil
        }
        guard isObject, let results = json.require(results, "results") else { return nil }
        return ReserveAnswer(results: results)
    }
}

extension ReservationOutcome {
    private enum Status: String, CaseIterable {
        case reserved, rejected, released, conflict
    }

    fileprivate func writeMembers(to json: inout JSONWriter) {
        switch self {
        case .reserved(let items):
            json.field("status", Status.reserved.rawValue)
            json.key("items")
            OrderDocument.Item.write(items, to: &json)
        case .shortages(let shortages):
            json.field("status", Status.rejected.rawValue)
            json.key("shortages")
            Shortage.write(shortages, to: &json)
        case .unknownProducts(let products):
            json.field("status", Status.rejected.rawValue)
            json.key("unknown_products")
            json.array { json in
                for product in products { json.string(product.string) }
            }
        case .released: json.field("status", Status.released.rawValue)
        case .conflict: json.field("status", Status.conflict.rawValue)
        }
    }

    fileprivate static func read(
        status: String, items: [OrderDocument.Item]?, shortages: [Shortage]?, unknown: [ProductID]?
    ) -> Self? {
        switch Status(rawValue: status) {
        case .reserved: items.map { .reserved($0) }
        case .rejected: unknown.map { .unknownProducts($0) } ?? shortages.map { .shortages($0) }
        case .released: .released
        case .conflict: .conflict
        case nil: nil
        }
    }
}

extension ReserveAnswer.Result {
    fileprivate static func read(_ json: inout JSONReader) throws -> Self? {
        var orderID: Identifier?
        var status: String?
        var items: [OrderDocument.Item]?
        var shortages: [Shortage]?
        var unknown: [ProductID]?
        let isObject = try json.object { key, json in
            switch key {
            case "order_id": orderID = try json.identifier()
            case "status": status = try json.string()
            case "items": items = try OrderDocument.Item.readAll(&json)
            case "shortages": shortages = try Shortage.readAll(&json)
            case "unknown_products":
                var products: [ProductID] = []
                _ = try json.array(count: 0...ReserveCall.maximumLines) { json in
                    if let product = try json.productID() { products.append(product) }
                }
                unknown = products
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (json.require(orderID, "order_id"), json.require(status, "status"))
        guard let orderID = present.0, let status = present.1 else { return nil }
        guard
            let outcome = ReservationOutcome.read(
                status: status, items: items, shortages: shortages, unknown: unknown)
        else {
            json.note("has a status that is unknown or lacks what belongs to it", member: "status")
            return nil
        }
        return Self(orderID: orderID, outcome: outcome)
    }
}

extension Shortage {
    fileprivate static func readAll(_ json: inout JSONReader) throws -> [Shortage]? {
        var shortages: [Shortage] = []
        let isArray = try json.array(count: 0...ReserveCall.maximumLines) { json in
            var productID: ProductID?
            var requested: Int64?
            var available: Int64?
            let isObject = try json.object { key, json in
                switch key {
                case "product_id": productID = try json.productID()
                case "requested": requested = try json.int(in: 0...Int64.max)
                case "available": available = try json.int(in: 0...Int64.max)
                default: try json.skip()
                }
            }
            guard isObject else { return }
            let present = (
                json.require(productID, "product_id"), json.require(requested, "requested"),
                json.require(available, "available")
            )
            guard let productID = present.0, let requested = present.1, let available = present.2 else { return }
            shortages.append(Shortage(productID: productID, requested: requested, available: available))
        }
        return isArray ? shortages : nil
    }
}
