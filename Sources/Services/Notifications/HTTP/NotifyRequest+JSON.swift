import ExactText
import Identifiers
package import JSON
import Shop

/// The body of `POST /notify`.
extension NotifyRequest {
    /// nil when a field error was noted.
    package static func read(_ json: inout JSONReader) throws -> NotifyRequest? {
        var orderID: Identifier?
        var kind: Notification.Kind?
        var recipient: Recipient?
        var message: ExactText?
        let isObject = try json.object { key, json in
            switch key {
            case "order_id": orderID = try json.identifier()
            case "type": kind = try json.choice(Notification.Kind.self)
            case "recipient": recipient = try readRecipient(&json)
            case "message": message = try json.null() ? nil : try json.text(limit: messageLimit)
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        if kind == .custom, message == nil { json.note("is required for a custom notification", member: "message") }
        let present = (
            json.require(orderID, "order_id"), json.require(kind, "type"), json.require(recipient, "recipient")
        )
        guard let orderID = present.0, let kind = present.1, let recipient = present.2 else { return nil }
        return NotifyRequest(orderID: orderID, kind: kind, recipient: recipient, message: message)
    }

    private static func readRecipient(_ json: inout JSONReader) throws -> Recipient? {
        var recipient = Recipient()
        var isAnyGiven = false
        let isObject = try json.object { key, json in
            switch key {
            case "email":
                guard try !json.null() else { return }
                recipient.email = try json.email()
                isAnyGiven = true
            case "phone":
                guard try !json.null() else { return }
                recipient.phone = try json.phone()
                isAnyGiven = true
            default: try json.skip()
            }
        }
        guard isObject else { return nil }
        if !isAnyGiven { json.note("must have an email, a phone or both") }
        return recipient
    }
}
