import ExactText
package import Inventory
import JSON
package import Shop
import VisibleText

/// Where the stock that the log tells of is not the stock that is live.
package struct StockDifference: Sendable, Hashable {
    package var productID: ProductID
    /// `-` on the side that has no such product.
    package var fields: [DifferingField]

    package var text: String {
        let values = fields.map { "  \($0.name): live \($0.live), replayed \($0.replayed)" }
        return "product \(productID)\(values.joined(separator: ","))".printable()
    }

    package func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("difference", "different")
            json.field("product_id", productID.string)
            DifferingField.write(fields, to: &json)
        }
        return json.finish()
    }

    /// Every product that is not the same on both sides, by id.
    package static func between(live: [Product], rebuilt: [Product]) -> [StockDifference] {
        let live = Dictionary(live.map { ($0.productID, $0) }) { first, _ in first }
        let rebuilt = Dictionary(rebuilt.map { ($0.productID, $0) }) { first, _ in first }
        return Set(live.keys).union(rebuilt.keys).sorted().compactMap { id in
            let (live, rebuilt) = (facts(live[id]), facts(rebuilt[id]))
            let fields = zip(live, rebuilt).filter { $0.1 != $1.1 }.map {
                DifferingField(name: $0.0, live: $0.1, replayed: $1.1)
            }
            return fields.isEmpty ? nil : StockDifference(productID: id, fields: fields)
        }
    }

    private static func facts(_ product: Product?) -> [(String, ExactText)] {
        func fact(_ name: String, _ value: (Product) -> ExactText) -> (String, ExactText) {
            (name, product.map(value) ?? "-")
        }
        return [
            fact("available") { "\($0.available)" }, fact("reserved") { "\($0.reserved)" },
            fact("status") { ExactText($0.status.rawValue) }, fact("name") { $0.name },
            fact("price") { "\($0.price.amount) \($0.price.currency)" },
            fact("low_stock_threshold") { "\($0.lowStockThreshold)" },
            fact("archived") { "\($0.isArchived)" },
            fact("metadata") { ExactText($0.metadata?.kept ?? "{}") },
        ]
    }
}
