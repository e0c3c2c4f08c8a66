import ExactText
package import Identifiers
import JSON
package import Notifications
import VisibleText

/// Where a replay told otherwise than the live service has told.
package struct NotificationDifference: Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// Live, and not made by the replay.
        case missing
        /// Made by the replay, and not live.
        case extra
        case different
    }

    package var kind: Kind
    package var order: Identifier
    package var event: Identifier
    package var type: Notification.Kind
    package var channel: Notification.Channel
    /// What differs; empty for what is missing or extra.
    package var fields: [DifferingField]
    /// The live service has not handled the event at all.
    package var isUnhandled = false

    init(_ kind: Kind, _ notification: Notification, event: Identifier, isUnhandled: Bool = false) {
        self.kind = kind
        order = notification.orderID
        self.event = event
        type = notification.kind
        channel = notification.channel
        fields = []
        self.isUnhandled = isUnhandled
    }

    /// nil where the two tell the same to the same person. Of one whose customer was erased the texts are nobody's: on Kafka
    /// the replay has them still, on the embedded log it tells them of nobody.
    init?(live: Notification, replayed: Notification, event: Identifier) {
        self.init(.different, live, event: event)
        if live.isErased, live.kind == replayed.kind { return nil }
        let pairs: [(String, ExactText, ExactText)] = [
            ("type", ExactText(live.kind.rawValue), ExactText(replayed.kind.rawValue)),
            ("recipient", live.recipient, replayed.recipient),
            ("subject", live.subject, replayed.subject), ("body", live.body, replayed.body),
        ]
        fields = pairs.filter { $1 != $2 }.map { DifferingField(name: $0, live: $1, replayed: $2) }
        if fields.isEmpty { return nil }
    }

    /// A line for a person, and below it what differs, of a text its first line that does.
    package var text: String {
        let why = isUnhandled ? "  (the live service has not handled the event)" : ""
        let details = fields.map { field in
            let (name, live, replayed) = Self.firstDifference(field)
            return
                "\n           \(name)\n             live      \(live.printable())\n             replayed  \(replayed.printable())"
        }
        let kind = kind.rawValue.padding(9)
        return "\(kind)  order \(order)  \(type.rawValue)  \(channel.rawValue)  event \(event)\(why)" + details.joined()
    }

    private static func firstDifference(_ field: DifferingField) -> (name: String, live: String, replayed: String) {
        let live = field.live.string.split(separator: "\n", omittingEmptySubsequences: false)
        let replayed = field.replayed.string.split(separator: "\n", omittingEmptySubsequences: false)
        guard live.count > 1 || replayed.count > 1 else {
            return (field.name, field.live.string, field.replayed.string)
        }
        let line = zip(live, replayed).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        func at(_ lines: [Substring]) -> String { lines.indices.contains(line) ? String(lines[line]) : "(ends before)" }
        return ("\(field.name), line \(line + 1)", at(live), at(replayed))
    }

    package func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("difference", kind.rawValue)
            json.field("order_id", order.description)
            json.field("event_id", event.description)
            json.field("type", type.rawValue)
            json.field("channel", channel.rawValue)
            if isUnhandled { json.field("unhandled", true) }
            if !fields.isEmpty { DifferingField.write(fields, to: &json) }
        }
        return json.finish()
    }
}

extension String {
    /// With spaces behind it, so that columns stand below each other.
    func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}
