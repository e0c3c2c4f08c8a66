package import EventLog
import ExactText
package import Identifiers
package import JSON
package import Timestamps

/// What happens to an order, on the topic `orders`.
package struct OrderEvent: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case confirmed = "orderlog.OrderConfirmed.v1"
        case shipped = "orderlog.OrderShipped.v1"
        case delivered = "orderlog.OrderDelivered.v1"
        case cancelled = "orderlog.OrderCancelled.v1"
        case rejected = "orderlog.OrderRejected.v1"

        /// What the order is after it.
        var status: OrderDocument.Status {
            switch self {
            case .confirmed: .confirmed
            case .shipped: .shipped
            case .delivered: .delivered
            case .cancelled: .cancelled
            case .rejected: .rejected
            }
        }
    }

    package static let source = "/orderlog/order-service"

    package var id: Identifier
    package var kind: Kind
    package var time: Timestamp
    package var traceparent: String?
    /// The order as it is after the event.
    package var order: OrderDocument

    package init(id: Identifier, kind: Kind, time: Timestamp, traceparent: String?, order: OrderDocument) {
        self.id = id
        self.kind = kind
        self.time = time
        self.traceparent = traceparent
        self.order = order
    }

    package var cloudEvent: CloudEvent {
        Self.cloudEvent(
            id: id, kind: kind, time: time, traceparent: traceparent, orderID: order.orderID, json: order.json())
    }

    /// For an order whose JSON is there already.
    package static func cloudEvent(
        id: Identifier, kind: Kind, time: Timestamp, traceparent: String?, orderID: Identifier, json: [UInt8]
    ) -> CloudEvent {
        CloudEvent(
            id: id, type: kind.rawValue, source: source, time: time, subject: ExactText(orderID.description),
            traceparent: traceparent, data: json)
    }

    package init(_ record: StoredRecord) throws(UnreadableEvent) {
        let event = try CloudEvent(record)
        guard let kind = Kind(rawValue: event.type) else { throw UnreadableEvent("unknown ce_type \(event.type)") }
        let order = try event.read(OrderDocument.read)
        try event.check(record, from: Self.source, about: order.orderID.description)
        guard order.status == kind.status else {
            throw UnreadableEvent(
                "an order is \(kind.status.rawValue) after \(kind.rawValue), not \(order.status.rawValue)")
        }
        self.init(id: event.id, kind: kind, time: event.time, traceparent: event.traceparent, order: order)
    }
}

extension CloudEvent {
    /// Refuses what no service of ours writes: an event of another source, or one that does not stand under the key of what it
    /// is about, so that nobody keeps its order among the events of that.
    func check(_ record: StoredRecord, from source: String, about subject: String) throws(UnreadableEvent) {
        guard ExactText(self.source) == ExactText(source) else {
            throw UnreadableEvent("ce_source must be \(source), not \(self.source.prefix(100))")
        }
        guard self.subject == ExactText(subject) else {
            throw UnreadableEvent("ce_subject must be \(subject), which the event is about")
        }
        guard record.key == Array(subject.utf8) else {
            throw UnreadableEvent("the record's key must be \(subject), which the event is about")
        }
    }

    /// Reads the data, and names everything that is wrong with it.
    package func read<Value>(_ body: (inout JSONReader) throws -> Value?) throws(UnreadableEvent) -> Value {
        do throws(JSONReadError) {
            return try JSON.read(data, body)
        } catch {
            switch error {
            case .syntax(let error): throw UnreadableEvent("no JSON: \(error.message) at byte \(error.offset)")
            case .fields(let errors):
                let list = errors.map { $0.field.isEmpty ? $0.message : "\($0.field) \($0.message)" }
                throw UnreadableEvent(list.joined(separator: "; "))
            }
        }
    }
}
