package import EventLog
import Identity
import JSON

/// The topics of the shop. `kafka/topics.json` is made from this list (`orderlog topics list --declared`), and a test
/// compares the two.
package enum Topics {
    package static let orders = "orders"
    package static let inventory = "inventory"

    package static let notificationGroup = "notification-service"
    package static let inventoryGroup = "inventory-service"
    /// Of the notification service, where the shop wants to be told what runs low. It has no dead letters.
    package static let stockAlertGroup = "stock-alerts"

    /// Where a group puts the records of a topic that it can't handle.
    package static func deadLetters(of topic: String, group: String) -> String { "\(topic).\(group).dlq" }

    package static let declared: [TopicDeclaration] = [
        TopicDeclaration(name: orders, partitions: 12, retention: nil),
        TopicDeclaration(name: inventory, partitions: 6, retention: nil),
        deadLetterTopic(of: orders, group: notificationGroup),
        deadLetterTopic(of: orders, group: inventoryGroup),
        ShopRecord.topic,
    ]

    /// How many partitions each is declared with.
    package static let partitions = Dictionary(
        uniqueKeysWithValues: declared.map { ($0.name, Int($0.partitions)) })

    /// The topic where a group puts the records of another that it can't handle.
    package static func deadLetterTopic(of topic: String, group: String) -> TopicDeclaration {
        TopicDeclaration(
            name: deadLetters(of: topic, group: group), partitions: 1, retention: 30 * 24 * 60 * 60 * 1_000)
    }

    /// The declaration as a document, a topic a line: for people, and for tools that create topics without us.
    package static func document() -> String {
        let lines = declared.map { topic in
            var json = JSONWriter()
            json.object { json in
                json.field("name", topic.name)
                json.field("partitions", Int64(topic.partitions))
                json.key("config")
                json.object { json in
                    for setting in topic.settings {
                        json.key(string: setting.name.rawValue)
                        json.string(setting.value)
                    }
                }
                json.field("key", key(of: topic.name))
                json.key("events")
                json.array { json in
                    for type in events(on: topic.name) { json.string(type) }
                }
            }
            return "    " + String(decoding: json.finish(), as: UTF8.self)
        }
        return "{\n  \"topics\": [\n\(lines.joined(separator: ",\n"))\n  ]\n}"
    }

    private static func key(of topic: String) -> String {
        switch topic {
        case orders: "order_id"
        case inventory: "product_id"
        case ShopRecord.topic.name: "shop"
        default: "as it came"
        }
    }

    /// The types of the events on a topic; none for what is no topic of events.
    package static func events(on topic: String) -> [String] {
        switch topic {
        case orders: OrderEvent.Kind.allCases.map(\.rawValue)
        case inventory: InventoryEvent.Change.types
        default: []
        }
    }
}
