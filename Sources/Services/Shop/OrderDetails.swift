package import ExactText

/// What an order may have besides its customer and its lines. Most orders have none of it: a reference that is nil is all that it costs
/// those, wherever they are handed on.
package final class OrderDetails: Sendable {
    /// What the shop calls the customer; as a product's id, 1 to 64 printable characters.
    package let customerID: ExactText?
    /// Where it goes.
    package let shippingAddress: ShippingAddress?
    /// The customer's words or the shop's; 1 to 2,000 characters, among them line breaks.
    package let note: ExactText?
    package let metadata: Metadata?
    /// Who carries it, once it was shipped; 1 to 200 characters.
    package let carrier: ExactText?
    /// By which the carrier knows it; 1 to 200 characters.
    package let trackingNumber: ExactText?

    /// nil when there is nothing of it.
    package init?(
        customerID: ExactText? = nil, shippingAddress: ShippingAddress? = nil, note: ExactText? = nil,
        metadata: Metadata? = nil, carrier: ExactText? = nil, trackingNumber: ExactText? = nil
    ) {
        guard
            customerID != nil || shippingAddress != nil || note != nil || metadata != nil || carrier != nil
                || trackingNumber != nil
        else { return nil }
        self.customerID = customerID
        self.shippingAddress = shippingAddress
        self.note = note
        self.metadata = metadata
        self.carrier = carrier
        self.trackingNumber = trackingNumber
    }

    /// How it was shipped; nil where nothing is said of it.
    package var shipment: Shipment? { Shipment(carrier: carrier, trackingNumber: trackingNumber) }
}

extension OrderDetails {
    /// These with how the order is shipped, or with nothing said of it; nil when there is nothing at all.
    package static func of(_ details: OrderDetails?, shippedBy shipment: Shipment?) -> OrderDetails? {
        OrderDetails(
            customerID: details?.customerID, shippingAddress: details?.shippingAddress, note: details?.note,
            metadata: details?.metadata, carrier: shipment?.carrier, trackingNumber: shipment?.trackingNumber)
    }
}

extension OrderDetails: Hashable {
    package static func == (one: OrderDetails, other: OrderDetails) -> Bool {
        one === other
            || one.customerID == other.customerID && one.shippingAddress == other.shippingAddress
                && one.note == other.note && one.metadata == other.metadata && one.carrier == other.carrier
                && one.trackingNumber == other.trackingNumber
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(customerID)
        hasher.combine(shippingAddress)
        hasher.combine(note)
        hasher.combine(metadata)
        hasher.combine(carrier)
        hasher.combine(trackingNumber)
    }
}

/// How an order leaves the house.
package struct Shipment: Sendable, Hashable {
    package let carrier: ExactText?
    package let trackingNumber: ExactText?

    /// nil when nothing is said of it.
    package init?(carrier: ExactText?, trackingNumber: ExactText?) {
        if carrier == nil, trackingNumber == nil { return nil }
        self.carrier = carrier
        self.trackingNumber = trackingNumber
    }
}
