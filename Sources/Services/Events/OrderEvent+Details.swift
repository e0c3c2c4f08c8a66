import ExactText
import JSON
import Shop

/// What an order has besides, among the members of an event's order. A reader of an earlier version passes over it.
extension OrderEvent.Order {
    static func write(_ details: OrderDetails, to json: inout JSONWriter) {
        if let id = details.customerID { json.field("customer_id", id.string) }
        if let address = details.shippingAddress {
            json.key("shipping_address")
            address.write(to: &json)
        }
        if let note = details.note { json.field("note", note.string) }
        if let metadata = details.metadata {
            json.key("metadata")
            metadata.write(to: &json)
        }
        if let carrier = details.carrier { json.field("carrier", carrier.string) }
        if let number = details.trackingNumber { json.field("tracking_number", number.string) }
    }

    /// What was read of it so far.
    struct ReadDetails {
        private var customerID: ExactText?
        private var shippingAddress: ShippingAddress?
        private var note: ExactText?
        private var metadata: Metadata?
        private var carrier: ExactText?
        private var trackingNumber: ExactText?

        /// nil where there is nothing.
        var details: OrderDetails? {
            OrderDetails(
                customerID: customerID, shippingAddress: shippingAddress, note: note, metadata: metadata,
                carrier: carrier, trackingNumber: trackingNumber)
        }

        mutating func read(_ key: JSONText, _ json: inout JSONReader) throws {
            switch key {
            case "customer_id": customerID = try json.null() ? nil : try json.shopID(isKept: true)
            case "shipping_address": shippingAddress = try json.null() ? nil : try ShippingAddress.read(&json)
            case "note": note = try json.looseLines(limit: Text.noteLimit)
            case "metadata": metadata = try json.null() ? nil : try Metadata.read(&json)
            case "carrier": carrier = try json.looseText(limit: Text.carrierLimit)
            case "tracking_number": trackingNumber = try json.looseText(limit: Text.carrierLimit)
            default: try json.skip()
            }
        }
    }
}
