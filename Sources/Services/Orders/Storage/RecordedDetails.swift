import ExactText
import JSON
import Shop

/// What an order has besides, as its row keeps it: the customer's id in a column of its own, for orders are found by it, and all else as a
/// document.
enum RecordedDetails {
    /// nil where there is nothing but the customer's id.
    static func json(_ order: Order) -> [UInt8]? {
        guard let details = order.details, details.hasMoreThanID else { return nil }
        var json = JSONWriter()
        json.object { json in
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
        return json.finish()
    }

    /// nil where there is nothing. Throws for what `json` has not written.
    static func read(_ bytes: [UInt8]?, customerID: String?) throws -> OrderDetails? {
        guard bytes != nil || customerID != nil else { return nil }
        var address: ShippingAddress?
        var (note, carrier, number): (ExactText?, ExactText?, ExactText?)
        var metadata: Metadata?
        if let bytes {
            _ = try JSON.read(bytes) { json in
                try json.object { key, json in
                    switch key {
                    case "shipping_address": address = try ShippingAddress.read(&json)
                    case "note": note = try json.looseLines(limit: Text.noteLimit)
                    case "metadata": metadata = try Metadata.read(&json)
                    case "carrier": carrier = try json.looseText(limit: Text.carrierLimit)
                    case "tracking_number": number = try json.looseText(limit: Text.carrierLimit)
                    default: try json.skip()
                    }
                }
            }
        }
        return OrderDetails(
            customerID: customerID.map { ExactText($0) }, shippingAddress: address, note: note, metadata: metadata,
            carrier: carrier, trackingNumber: number)
    }
}

extension OrderDetails {
    fileprivate var hasMoreThanID: Bool {
        shippingAddress != nil || note != nil || metadata != nil || shipment != nil
    }
}
