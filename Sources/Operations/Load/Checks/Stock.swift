import HTTPClient
import JSON

/// Units of a product, as inventory tells.
package struct Stock: Sendable, Hashable {
    package var available: Int64
    package var reserved: Int64
}

/// Sees to it that there is something to be sold.
extension ShopCalls {
    /// Makes each product that is absent, with `units`, and adds to one that has fewer. Throws where it can't be.
    package func fill(_ products: [String], units: Int64) async throws(LoadFailure) {
        guard let inventory else { return }
        for product in products {
            guard let stock = try await stock(of: product) else {
                var json = JSONWriter()
                json.object { json in
                    json.field("product_id", product)
                    json.field("name", "Product \(product)")
                    json.key("price")
                    json.object { json in
                        json.field("amount", 1_999)
                        json.field("currency", "USD")
                    }
                    json.field("quantity", units)
                }
                try await change("POST", inventory, "/inventory", json.finish(), product)
                continue
            }
            guard stock.available < units else { continue }
            let body = Array(#"{"quantity":\#(units - stock.available)}"#.utf8)
            try await change("PUT", inventory, "/inventory/\(Self.escaped(product))/replenish", body, product)
        }
    }

    private func change(
        _ method: String, _ inventory: Target, _ path: String, _ body: [UInt8], _ product: String
    ) async throws(LoadFailure) {
        let answer = try await send(method, inventory, path, body: body)
        guard answer.status == 200 || answer.status == 201 else {
            let refusal = Self.refused(method, inventory, path, answer.status)
            throw LoadFailure("stock of \(product) can't be added: \(refusal.message)")
        }
    }

    /// nil: there is no such product.
    func stock(of product: String) async throws(LoadFailure) -> Stock? {
        guard let inventory else { return nil }
        let path = "/inventory/\(Self.escaped(product))"
        let answer = try await send("GET", inventory, path)
        if answer.status == 404 { return nil }
        guard answer.status == 200 else {
            throw Self.refused("GET", inventory, path, answer.status)
        }
        let stock: Stock? = try? JSON.read(answer.body, isOpen: true) { (json: inout JSONReader) -> Stock? in
            var available: Int64?
            var reserved: Int64?
            _ = try json.object { key, json in
                switch key {
                case "available": available = try json.int(in: .min ... .max)
                case "reserved": reserved = try json.int(in: .min ... .max)
                default: try json.skip()
                }
            }
            guard let available, let reserved else { return nil }
            return Stock(available: available, reserved: reserved)
        }
        guard let stock else {
            throw LoadFailure("GET \(inventory.url)\(path): it does not say available and reserved")
        }
        return stock
    }

    /// What there is of each. Throws where there is none of one.
    package func stock(of products: [String]) async throws(LoadFailure) -> [String: Stock] {
        var all: [String: Stock] = [:]
        for product in products { all[product] = try await stock(of: product) }
        return all
    }

    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: return String(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }.joined()
    }
}
