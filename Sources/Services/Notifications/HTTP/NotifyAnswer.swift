package import ExactText
package import Identifiers
import JSON

/// What `POST /notify` answers, and what is kept of it for repeats.
package enum NotifyAnswer {
    package static func json(_ notifications: [Notification]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("notifications")
            json.array { json in
                for notification in notifications { notification.write(to: &json) }
            }
        }
        return json.finish()
    }

    /// Which notifications an answer tells of, and whom they were to reach. None where it is no such answer.
    package static func contents(of answer: [UInt8]) -> [(id: Identifier, recipient: ExactText)] {
        var found: [(id: Identifier, recipient: ExactText)] = []
        _ = try? JSON.read(answer, isOpen: true) { json in
            try json.object { key, json in
                guard case "notifications" = key else { return try json.skip() }
                _ = try json.array(count: 0...Notification.Channel.allCases.count) { json in
                    var (id, recipient): (Identifier?, String?)
                    _ = try json.object { key, json in
                        switch key {
                        case "notification_id": id = try json.string().flatMap { Identifier($0) }
                        case "recipient": recipient = try json.string()
                        default: try json.skip()
                        }
                    }
                    if let id { found.append((id, ExactText(recipient ?? ""))) }
                }
            } ? true : nil
        }
        return found
    }
}
