import EventLog
import Events
import Identity
import JSON
import JSONSchema

/// The document that machines read: AsyncAPI 3.0 of the log's topics, `kafka/asyncapi.json`.
package enum AsyncAPI {
    private static let schemas = "#/components/schemas/"

    package static func document() -> [UInt8] {
        var json = JSONWriter(capacity: 60_000)
        json.object { json in
            json.field("asyncapi", "3.0.0")
            json.field("id", "urn:orderlog:events")
            json.key("info")
            writeInfo(to: &json)
            json.field("defaultContentType", "application/json")
            json.key("servers")
            writeServers(to: &json)
            json.key("channels")
            json.object { json in
                for channel in Channel.all {
                    json.key(string: channel.id)
                    channel.write(to: &json)
                }
            }
            json.key("operations")
            json.object { json in
                for operation in Operation.all {
                    json.key(string: operation.id)
                    operation.write(to: &json)
                }
            }
            json.key("components")
            json.object { json in
                json.key("messages")
                json.object { json in
                    for message in Message.all {
                        json.key(string: message.id)
                        message.write(to: &json, schemas: schemas)
                    }
                }
                json.key("schemas")
                writeSchemas(to: &json)
            }
        }
        return json.finish()
    }

    private static func writeInfo(to json: inout JSONWriter) {
        json.object { json in
            json.field("title", "Orderlog's events")
            json.field("version", "1.0.0")
            json.field(
                "description",
                """
                What happens to the orders and the products of a shop, as CloudEvents 1.0 on Kafka, in binary content mode. \
                Readers pass over members and headers that they do not know, and drop repeats by `ce_id`. The events of one \
                order, or of one product, stand in one partition, in the order in which they happened. What a schema says \
                of a type does not change so that a reader would break; that makes another type, `.v2`. Our services read \
                the structured content mode, too.
                """)
            json.key("contact")
            // Who runs a shop the program can't know: names that belong to nobody (RFC 2606).
            json.object { json in
                json.field("name", "The operators of this shop")
                json.field("url", "https://shop.example")
                json.field("email", "operators@shop.example")
            }
            // As npm has it: no licence is given.
            json.key("license")
            json.object { $0.field("name", "UNLICENSED") }
            json.key("tags")
            json.array { json in
                for (name, description) in [
                    ("orders", "What happens to orders."), ("inventory", "What happens to products."),
                    ("operation", "What operators and the services themselves need."),
                ] {
                    json.object { json in
                        json.field("name", name)
                        json.field("description", description)
                    }
                }
            }
        }
    }

    private static func writeServers(to json: inout JSONWriter) {
        json.object { json in
            json.key("kafka")
            json.object { json in
                json.field("host", "{bootstrap}")
                json.field("protocol", "kafka")
                json.field("description", "The brokers that KAFKA_BOOTSTRAP_SERVERS names.")
                json.key("variables")
                json.object { json in
                    json.key("bootstrap")
                    json.object { json in
                        json.field("default", "localhost:9092")
                        json.field("description", "HOST:PORT of a broker.")
                    }
                }
            }
        }
    }

    /// Those of the data and those that they refer to.
    private static func writeSchemas(to json: inout JSONWriter) {
        var all: [String: JSONSchema] = [:]
        for schema in EventSchema.all {
            all[schema.component] = schema.data.described(schema.summary)
            all.merge(schema.data.named) { first, _ in first }
        }
        all[Message.shopComponent] = Message.shopClaim
        json.object { json in
            for (name, schema) in all.sorted(by: { $0.key < $1.key }) {
                json.key(string: name)
                schema.write(to: &json, references: schemas)
            }
        }
    }
}

extension JSONWriter {
    mutating func reference(_ target: String) {
        object { $0.field("$ref", target) }
    }
}
