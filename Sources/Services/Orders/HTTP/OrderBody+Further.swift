import ExactText
import JSON
import Shop

extension OrderBody {
    /// Its members that may be missing. null is as good as none.
    struct Further {
        private(set) var expectedTotal: Money?
        private var customerID: ExactText?
        private var shippingAddress: ShippingAddress?
        private var note: ExactText?
        private var metadata: Metadata?

        var details: OrderDetails? {
            OrderDetails(
                customerID: customerID, shippingAddress: shippingAddress, note: note, metadata: metadata)
        }

        mutating func read(_ key: JSONText, _ json: inout JSONReader) throws {
            switch key {
            case "customer_id": customerID = try json.null() ? nil : try json.shopID()
            case "shipping_address": shippingAddress = try json.null() ? nil : try ShippingAddress.read(&json)
            case "note": note = try json.looseLines(limit: Text.noteLimit)
            case "metadata": metadata = try json.null() ? nil : try Metadata.read(&json)
            case "expected_total": expectedTotal = try json.null() ? nil : try Money.read(&json)
            default: try json.skip()
            }
        }
    }
}
