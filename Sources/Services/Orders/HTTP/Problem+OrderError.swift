import Events
import Idempotency
import InventoryAPI
import JSON
import ServiceHost

/// The one place where an order's troubles become problem documents.
extension Problem {
    init(_ error: OrderError, request: OrderRequest? = nil) {
        switch error {
        case .unknownOrder:
            self = .notFound("such order")
        case .illegalMove(let from, let to):
            self.init(
                409, kind: "illegal-move", title: "Illegal move",
                detail: "An order that is \(from.rawValue) can't become \(to.rawValue).")
        case .notEnoughStock(let shortages):
            self.init(
                409, kind: "not-enough-stock", title: "Not enough stock",
                detail: "Some products have too few units for this order. Nothing was taken.")
            var json = JSONWriter()
            Shortage.write(shortages, to: &json)
            members = [("shortages", json.finish())]
        case .unknownProducts(let products):
            self = .invalidFields(
                products.prefix(100).map { product in
                    let item = request?.items.firstIndex { $0.productID == product }
                    let line = item.flatMap { request?.lines[$0] } ?? 0
                    return JSONFieldError(
                        field: "items[\(line)].product_id", message: "there is no product \(product)")
                })
        case .mixedCurrencies(let currencies):
            self = .invalidField(
                "items", "are sold in \(currencies.joined(separator: " and ")); an order has one currency")
        case .interrupted:
            self = .unavailable(
                "order-interrupted", "The order took too long and was given up. Nothing was taken; place it again.")
        case .keyReused:
            self = .idempotencyKeyReused
        case .inventoryNotBelieved:
            self = .unavailable(
                "inventory-not-believed",
                "The inventory service gave an answer that can't be right. No order was stored; try again.")
        case .inventoryUnavailable(let reason):
            self = .unavailable(
                "inventory-unavailable", "The inventory service \(reason). No order was stored; try again.")
        }
    }
}

extension OrderError {
    /// For the metric of orders by outcome.
    var outcome: String {
        switch self {
        case .notEnoughStock: "not_enough_stock"
        case .unknownProducts, .mixedCurrencies, .keyReused: "invalid"
        case .unknownOrder, .illegalMove: "refused"
        case .interrupted: "interrupted"
        case .inventoryUnavailable, .inventoryNotBelieved: "inventory_unavailable"
        }
    }
}
