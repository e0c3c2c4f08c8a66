import EventLog
import HTTPAPI
import HTTPClient
import HTTPServer
import Identifiers
import JSON
import Shop
import Timestamps

/// Puts an order's story together, from those who each know a part of it.
struct TimelineReader: Sendable {
    let neighbours: Neighbours
    let records: OrderRecords
    /// Messages of one order that are told; it has two for each step, and those that somebody asked for.
    private static let mostMessages = 200

    /// Without the order service there is no story; what else can't be asked is named in it.
    func answer(_ call: Call, of id: Identifier) async throws -> HTTPResponse {
        let order = try await neighbours.ask(.order, "GET", "/orders/\(id)", for: call)
        guard order.status == 200 else { return order.passedOn }
        guard let steps = Self.steps(order.body) else {
            throw Problem(500, detail: "The order service answered what can't be read.")
        }
        async let found = self.found(id, at: steps.map(\.at))
        async let told = self.told(id, for: call)
        var timeline = Timeline(order: order.body, steps: steps)
        switch await found {
        case .success(let found): timeline.found = found
        case .failure(let missing): timeline.missing.append(missing)
        }
        switch await told {
        case .success(let messages): timeline.messages = messages
        case .failure(let missing): timeline.missing.append(missing)
        }
        return await besideTheLoop { [timeline] in HTTPResponse.json(timeline.json()) }
    }

    private func found(_ id: Identifier, at times: [Timestamp]) async -> Result<OrderRecords.Found, Timeline.Missing> {
        do throws(EventLogError) {
            return .success(try await records.find(id, at: times))
        } catch {
            return .failure(Timeline.Missing(part: "log", detail: "The log can't be read now."))
        }
    }

    private func told(_ id: Identifier, for call: Call) async -> Result<[Timeline.Message], Timeline.Missing> {
        func missing(_ detail: String) -> Result<[Timeline.Message], Timeline.Missing> {
            .failure(Timeline.Missing(part: "messages", detail: detail))
        }
        do throws(Problem) {
            let answer = try await neighbours.ask(
                .notification, "GET", "/notifications/order/\(id)?limit=\(Self.mostMessages)", for: call)
            guard answer.status == 200 else { return missing("The notification service answered \(answer.status).") }
            guard let messages = Self.messages(answer.body) else {
                return missing("The notification service answered what can't be read.")
            }
            return .success(messages)
        } catch {
            return missing(error.detail ?? error.title)
        }
    }

    // MARK: - What the services answer

    private static func steps(_ body: [UInt8]) -> [Timeline.Step]? {
        try? JSON.read(body) { json -> [Timeline.Step]? in
            var steps: [Timeline.Step] = []
            let isObject = try json.object { key, json in
                guard case "history" = key else { return try json.skip() }
                _ = try json.array(count: 0...1_000) { json in if let step = try step(&json) { steps.append(step) } }
            }
            return isObject ? steps : nil
        }
    }

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

    private static func messages(_ body: [UInt8]) -> [Timeline.Message]? {
        try? JSON.read(body) { json -> [Timeline.Message]? in
            var messages: [Timeline.Message] = []
            let isObject = try json.object { key, json in
                guard case "notifications" = key else { return try json.skip() }
                _ = try json.array(count: 0...mostMessages) { json in
                    if let message = message(try json.raw()) { messages.append(message) }
                }
            }
            // They come newest first.
            return isObject ? messages.reversed() : nil
        }
    }

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

extension Timeline.Missing: Error {}
