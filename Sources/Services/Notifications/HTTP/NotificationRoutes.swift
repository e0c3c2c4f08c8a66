import Events
import ExactText
import HTTPServer
import Idempotency
import Identifiers
import JSON
import ServiceHost
import Timestamps

struct NotificationRoutes: Sendable {
    let store: any NotificationStore
    let committed: @Sendable () -> Void

    func add(to api: inout API) {
        api.post("/notify") { try await notify($0) }
        api.get("/notifications", query: [Page.limit, Page.cursor]) { try await list(of: nil, $1) }
        api.get("/notifications/order/{order_id}", query: [Page.limit, Page.cursor]) { request, query in
            let text = request.parameters["order_id"] ?? ""
            guard let order = Identifier(text) else {
                throw Problem.notFound("order \(text); an order_id is a UUID")
            }
            return try await list(of: order, query)
        }
        api.get("/notifications/{notification_id}") { request in
            let text = request.parameters["notification_id"] ?? ""
            guard let id = Identifier(text), let notification = try await store.notification(id) else {
                throw Problem.notFound("notification \(text)")
            }
            var json = JSONWriter()
            notification.write(to: &json)
            return .json(json.finish())
        }
    }

    private func notify(_ request: HTTPRequest) async throws -> HTTPResponse {
        let asked = try request.json(NotifyRequest.read)
        let notifications = asked.notifications(at: .now())
        var json = JSONWriter()
        json.object { json in
            json.key("notifications")
            json.array { json in
                for notification in notifications { notification.write(to: &json) }
            }
        }
        do {
            let answer = try await store.insert(
                notifications, key: try IdempotencyKey(request), answer: json.finish())
            committed()
            return answer.response(status: 201, headers: [("location", "/notifications/order/\(asked.orderID)")])
        } catch is IdempotencyKeyReused {
            throw Problem.idempotencyKeyReused
        }
    }

    private func list(of order: Identifier?, _ query: QueryValues) async throws -> HTTPResponse {
        try await store.notifications(of: order, Page(query)).response("notifications") { $0.write(to: &$1) }
    }
}

extension Notification {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("notification_id", id.description)
            json.field("order_id", orderID.description)
            if let eventID { json.field("event_id", eventID.description) }
            json.field("type", kind.rawValue)
            json.field("channel", channel.rawValue)
            json.field("recipient", recipient.string)
            json.field("subject", subject.string)
            json.field("body", body.string)
            json.field("status", status.rawValue)
            json.field("attempts", attempts)
            json.field("created_at", createdAt.rfc3339)
            json.field("sent_at", sentAt?.rfc3339)
            json.field("repeat", repeatNumber)
        }
    }
}
