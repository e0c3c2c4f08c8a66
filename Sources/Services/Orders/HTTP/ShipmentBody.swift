import ExactText
import JSON
import JSONSchema
import Shop

/// The body of `POST /orders/{order_id}/ship`.
enum ShipmentBody {
    static let schema = JSONSchema.named(
        "Shipment",
        .object([
            .optional(
                "carrier", Text.looseSchema(limit: Text.carrierLimit).orNull.described("Who carries it.")),
            .optional(
                "tracking_number",
                Text.looseSchema(limit: Text.carrierLimit).orNull.described("By which the carrier knows it.")),
        ]))

    static let example = #"{"carrier":"DHL","tracking_number":"00340434161094042557"}"#

    /// The outer nil is a field error, the inner one that nothing is said.
    static func read(_ json: inout JSONReader) throws -> Shipment?? {
        var (carrier, number): (ExactText?, ExactText?)
        let isObject = try json.object { key, json in
            switch key {
            case "carrier": carrier = try json.looseText(limit: Text.carrierLimit)
            case "tracking_number": number = try json.looseText(limit: Text.carrierLimit)
            default: try json.skip()
            }
        }
        return isObject ? .some(Shipment(carrier: carrier, trackingNumber: number)) : nil
    }
}
