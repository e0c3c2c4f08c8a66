import Databases
import ExactText
import HTTPAPI
import HTTPServer
import Idempotency
import Identifiers
package import JSON
import Shop
import Telemetry
import Timestamps

struct NotificationRoutes: Sendable {
    let store: any NotificationStore
    let wording: Wording
    let committed: @Sendable () -> Void

    func add(to api: inout API) {
        api.on(NotificationOperations.notify) { try await notify($0) }
        api.on(NotificationOperations.list) { call in
            try await list(NotificationOperations.filter(call.query), call)
        }
        api.on(NotificationOperations.listOfOrder) { call in
            let text = call.parameter("order_id")
            guard let order = Identifier(text) else {
                throw Problem.notFound("such order; an order_id is a UUID")
            }
            return try await list(NotificationFilter(order: order), call)
        }
        api.on(NotificationOperations.get) { call in
            let text = call.parameter("notification_id")
            guard let id = Identifier(text), let notification = try await store.notification(id) else {
                throw Problem.notFound("such notification")
            }
            var json = JSONWriter()
            notification.write(to: &json)
            return .json(json.finish())
        }
    }

    private func notify(_ call: Call) async throws -> HTTPResponse {
        let asked = try call.json(NotifyRequest.read)
        let notifications = asked.notifications(
            in: wording, at: .now(), traceparent: call.trace.isSampled ? call.trace.traceparent : nil)
        do {
            let answer = try await store.insert(
                notifications, key: try call.request.idempotencyKey { asked.values },
                answer: NotifyAnswer.json(notifications))
            committed()
            return answer.response(status: 201, headers: [("location", "/notifications/order/\(asked.orderID)")])
        } catch is IdempotencyKeyReused {
            throw Problem.idempotencyKeyReused
        }
    }

    private func list(_ filter: NotificationFilter, _ call: Call) async throws -> HTTPResponse {
        try await store.notifications(filter, call.page()).response("notifications", to: call) {
            $0.write(to: &$1)
        }
    }
}

extension Notification {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("notification_id", id)
            json.field("order_id", orderID)
            if let eventID { json.field("event_id", eventID) }
            json.field("type", kind.rawValue)
            json.field("channel", channel.rawValue)
            json.field("recipient", recipient.string)
            json.field("subject", subject.string)
            json.field("body", body.string)
            json.field("status", status.rawValue)
            json.field("attempts", attempts)
            json.field("created_at", createdAt)
            json.field("sent_at", sentAt?.rfc3339)
            json.field("repeat", repeatNumber)
        }
    }
}
