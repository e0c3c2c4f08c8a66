import Causes
import JSON
import Shop
import Timestamps

/// An order's steps as its row keeps them: a document, for they are only ever read and written with their order.
enum RecordedHistory {
    /// nil where the rest of the row says it all: an order that somebody placed without a key and that did not move.
    static func json(_ order: Order) -> [UInt8]? {
        let steps = order.history
        guard steps.count > 1 || steps.contains(where: { $0.by != nil }) else { return nil }
        var json = JSONWriter(capacity: 80 * steps.count)
        json.array { json in
            for step in steps {
                json.object { json in
                    json.field("status", step.status.rawValue)
                    json.field("at", step.at.milliseconds)
                    if let caller = step.by { json.field("by", caller.text) }
                }
            }
        }
        return json.finish()
    }

    /// Throws for what `json` has not written.
    static func read(_ bytes: [UInt8]?) throws -> [OrderStep] {
        guard let bytes else { return [] }
        return try JSON.read(bytes) { json in
            var steps: [OrderStep] = []
            let isArray = try json.array(count: 1...OrderStep.most) { json in
                if let step = try read(&json) { steps.append(step) }
            }
            return isArray ? steps : nil
        }
    }

    private static func read(_ json: inout JSONReader) throws -> OrderStep? {
        var status: OrderStatus?
        var milliseconds: Int64?
        var caller: CallerName?
        let isObject = try json.object { key, json in
            switch key {
            case "status": status = try json.choice(OrderStatus.self)
            case "at": milliseconds = try json.int(in: .min ... .max)
            case "by": caller = try json.string().flatMap { CallerName($0) }
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        let present = (json.require(status, "status"), json.require(milliseconds, "at"))
        guard let status = present.0, let milliseconds = present.1 else { return nil }
        return OrderStep(status, at: Timestamp(milliseconds: milliseconds), by: caller)
    }
}
