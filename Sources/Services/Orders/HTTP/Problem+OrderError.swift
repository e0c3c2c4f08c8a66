import HTTPAPI
import Idempotency
import InventoryAPI
import JSON
import Shop

/// The one place where an order's troubles become problem documents.
extension Problem {
    init(_ error: OrderError, body: OrderBody? = nil) {
        switch error {
        case .unknownOrder:
            self = .notFound("such order")
        case .illegalMove(let from, let to):
            self.init(
                .illegalMove,
                detail: "An order that is \(from.rawValue) can't become \(to.rawValue).")
        case .shippedOtherwise:
            self.init(
                .illegalMove,
                detail: "The order was shipped before, by another carrier or under another tracking number.")
        case .otherTotal(let items):
            self.init(.otherTotal, detail: "The order costs something else than was expected. Nothing was taken.")
            var total = JSONWriter()
            var lines = JSONWriter()
            (OrderItem.total(items) ?? Money(amount: 0, currency: "XXX")).write(to: &total)
            OrderItem.write(items, to: &lines)
            members = [("total", total.finish()), ("items", lines.finish())]
        case .notEnoughStock(let shortages):
            self.init(
                .notEnoughStock,
                detail: "Some products have too few units for this order. Nothing was taken.")
            var json = JSONWriter()
            Shortage.write(shortages, to: &json)
            members = [("shortages", json.finish())]
        case .unknownProducts(let products):
            self = .invalidFields(
                products.prefix(100).map { product in
                    let item = body?.request.items.firstIndex { $0.productID == product }
                    let line = item.flatMap { body?.lines[$0] } ?? 0
                    return JSONFieldError(
                        field: "items[\(line)].product_id", message: "there is no such product")
                })
        case .archivedProducts(let products):
            self.init(.productArchived, detail: "Some products can't be ordered any more. Nothing was taken.")
            var json = JSONWriter()
            json.array { json in
                for product in products { json.string(product.string) }
            }
            members = [("archived_products", json.finish())]
        case .mixedCurrencies(let currencies):
            self = .invalidField(
                "items", "are sold in \(currencies.joined(separator: " and ")); an order has one currency")
        case .interrupted:
            self = .unavailable(
                .orderInterrupted, "The order took too long and was given up. Nothing was taken; place it again.")
        case .keyReused:
            self = .idempotencyKeyReused
        case .inventoryNotBelieved:
            self = .unavailable(
                .inventoryNotBelieved,
                "The inventory service gave an answer that can't be right. No order was stored; try again.")
        case .inventoryUnavailable(let reason):
            self = .unavailable(
                .inventoryUnavailable, "The inventory service \(reason). No order was stored; try again.")
        }
    }
}
