import EventLog
import Events
import Identity
import JSON

/// A topic, with the settings that it is created with.
struct Channel {
    var topic: TopicDeclaration
    var title: String
    var description: String
    var messages: [String]

    /// As other parts of the document name it.
    var id: String { topic.name.replacing(".", with: "_") }

    static let all = Topics.declared.map { topic -> Channel in
        switch topic.name {
        case Topics.orders:
            Channel(
                topic: topic, title: "Orders",
                description:
                    "What happens to orders. The key is the order's id. Kept for ever: services are built anew from it.",
                messages: EventSchema.orders.map(\.component))
        case Topics.inventory:
            Channel(
                topic: topic, title: "Inventory",
                description: "What happens to products. The key is the product's id. Kept for ever.",
                messages: EventSchema.inventory.map(\.component))
        case ShopRecord.topic.name:
            Channel(
                topic: topic, title: "Shop",
                description: "Says whose log it is, so that no service of another shop reads or writes it.",
                messages: ["ShopClaimed"])
        default:
            Channel(
                topic: topic, title: "Dead letters in \(topic.name)",
                description:
                    "Records that a group could not handle, until somebody looks: `orderlog dlq list`, `show`, `redrive`.",
                messages: ["DeadLetter", "Redriven"])
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("address", topic.name)
            json.field("title", title)
            json.field("description", description)
            json.key("messages")
            json.object { json in
                for message in messages {
                    json.key(string: message)
                    json.reference("#/components/messages/\(message)")
                }
            }
            json.key("bindings")
            json.object { json in
                json.key("kafka")
                json.object { json in
                    json.field("topic", topic.name)
                    json.field("partitions", Int64(topic.partitions))
                    json.key("topicConfiguration")
                    writeConfiguration(to: &json)
                    json.field("bindingVersion", "0.5.0")
                }
            }
        }
    }

    /// The binding names some settings, as numbers and a list; others stand beside them as they are.
    private func writeConfiguration(to json: inout JSONWriter) {
        json.object { json in
            for setting in topic.settings {
                json.key(string: setting.name.rawValue)
                switch setting.name {
                case .cleanupPolicy:
                    json.array { json in
                        for policy in setting.value.split(separator: ",") { json.string(String(policy)) }
                    }
                default:
                    if let number = Int64(setting.value) { json.int(number) } else { json.string(setting.value) }
                }
            }
        }
    }
}

/// What one of our services does with a topic. (The document is written from their side, as AsyncAPI 3 has it.)
struct Operation {
    var id: String
    var isSending: Bool
    var channel: String
    var title: String
    var description: String
    var tag: String
    /// nil: of no consumer group.
    var group: String?

    static let all: [Operation] =
        [
            Operation(
                id: "publishOrders", isSending: true, channel: Topics.orders, title: "Publish orders",
                description:
                    "The order service tells what happened to its orders, from its outbox: at least once, in order.",
                tag: "orders"),
            Operation(
                id: "notifyOfOrders", isSending: false, channel: Topics.orders, title: "Notify customers",
                description: "The notification service tells customers of their orders' steps, once for each event.",
                tag: "orders", group: Topics.notificationGroup),
            Operation(
                id: "moveStock", isSending: false, channel: Topics.orders, title: "Move stock",
                description:
                    "The inventory service gives stock back when an order is cancelled or rejected, and takes it out when it is shipped.",
                tag: "orders", group: Topics.inventoryGroup),
            Operation(
                id: "publishInventory", isSending: true, channel: Topics.inventory, title: "Publish inventory",
                description: "The inventory service tells what happened to its products, from its outbox.",
                tag: "inventory"
            ),
            Operation(
                id: "alertStock", isSending: false, channel: Topics.inventory, title: "Tell the shop what runs low",
                description:
                    "Where the shop wants it, the notification service tells it that a product becomes low or runs out.",
                tag: "inventory", group: Topics.stockAlertGroup),
            Operation(
                id: "claimLog", isSending: true, channel: ShopRecord.topic.name, title: "Claim the log",
                description: "The first service on an empty log says whose it is.", tag: "operation"),
            Operation(
                id: "readShop", isSending: false, channel: ShopRecord.topic.name, title: "Read whose log it is",
                description: "Each service looks before it reads or writes anything else.", tag: "operation"),
        ]
        + [Topics.notificationGroup, Topics.inventoryGroup].map { group in
            Operation(
                id: "putAside_" + group.replacing("-", with: "_"), isSending: true,
                channel: Topics.deadLetters(of: Topics.orders, group: group), title: "Put records of \(group) aside",
                description: "What the group could not handle, and the marks of those that wait no more.",
                tag: "operation"
            )
        }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("action", isSending ? "send" : "receive")
            json.key("channel")
            json.reference("#/channels/" + channel.replacing(".", with: "_"))
            json.field("title", title)
            json.field("description", description)
            json.key("tags")
            json.array { json in json.object { $0.field("name", tag) } }
            guard let group else { return }
            json.key("bindings")
            json.object { json in
                json.key("kafka")
                json.object { json in
                    json.key("groupId")
                    json.object { json in
                        json.field("type", "string")
                        json.key("enum")
                        json.array { $0.string(group) }
                    }
                    json.field("bindingVersion", "0.5.0")
                }
            }
        }
    }
}
