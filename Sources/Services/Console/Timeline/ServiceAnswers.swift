import JSON
import Timestamps

/// The steps in an order as the order service answers it.
struct OrderSteps: Sendable {
    var steps: [Timeline.Step] = []
    /// Steps that can't be read.
    var unread = 0

    /// nil where it is no order.
    init?(_ body: [UInt8]) {
        let found = try? JSON.read(body) { json -> OrderSteps? in
            var found = OrderSteps()
            let isObject = try json.object { key, json in
                guard case "history" = key else { return try json.skip() }
                _ = try json.array(count: 0...1_000) { json in
                    if let step = try Self.step(&json) { found.steps.append(step) } else { found.unread += 1 }
                }
            }
            return isObject ? found : nil
        }
        guard let found else { return nil }
        self = found
    }

    private init() {}

    private static func step(_ json: inout JSONReader) throws -> Timeline.Step? {
        var (status, at, by) = (String?.none, Timestamp?.none, String?.none)
        _ = try json.object { key, json in
            switch key {
            case "status": status = try json.string()
            case "at": at = try json.string().flatMap { Timestamp(rfc3339: $0) }
            case "by": by = try json.string()
            default: try json.skip()
            }
        }
        guard let status, let at else { return nil }
        return Timeline.Step(status: status, at: at, by: by)
    }
}

/// The messages in a page of the notification service's, the oldest first.
struct OrderMessages: Sendable {
    var messages: [Timeline.Message] = []
    /// Messages that can't be read.
    var unread = 0
    /// Whether there are more than these.
    var hasMore = false

    /// nil where it is no page.
    init?(_ body: [UInt8], most: Int) {
        let found = try? JSON.read(body) { json -> OrderMessages? in
            var found = OrderMessages()
            let isObject = try json.object { key, json in
                switch key {
                case "notifications":
                    _ = try json.array(count: 0...most) { json in
                        let bytes = try json.raw()
                        if let message = Self.message(bytes) {
                            found.messages.append(message)
                        } else {
                            found.unread += 1
                        }
                    }
                case "next_cursor": found.hasMore = try !json.null()
                default: try json.skip()
                }
            }
            // They come newest first.
            found.messages.reverse()
            return isObject ? found : nil
        }
        guard let found else { return nil }
        self = found
    }

    private init() {}

    private static func message(_ bytes: [UInt8]) -> Timeline.Message? {
        try? JSON.read(bytes) { json -> Timeline.Message? in
            var (createdAt, sentAt) = (Timestamp?.none, Timestamp?.none)
            _ = try json.object { key, json in
                switch key {
                case "created_at": createdAt = try json.string().flatMap { Timestamp(rfc3339: $0) }
                case "sent_at": sentAt = try json.null() ? nil : try json.string().flatMap { Timestamp(rfc3339: $0) }
                default: try json.skip()
                }
            }
            return createdAt.map { Timeline.Message(createdAt: $0, sentAt: sentAt, json: bytes) }
        }
    }
}
