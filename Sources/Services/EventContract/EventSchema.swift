import EventLog
import Events
import JSON
package import JSONSchema

/// What the data of one type of event is: its file in `kafka/schemas`, and its message in `kafka/asyncapi.json`.
package struct EventSchema: Sendable {
    /// `orderlog.OrderConfirmed.v1`
    package var type: String
    package var topic: String
    /// For people.
    package var title: String
    package var summary: String
    package var data: JSONSchema

    /// All that our services write, in the order of the topics.
    package static let all: [EventSchema] = orders + inventory

    /// `OrderConfirmed.v1`, by which its file is called.
    package var name: String { String(type.dropFirst(CloudEvent.ownTypes.count)) }

    /// The same as documents name schemas, which may not have a point.
    var component: String { name.replacing(".", with: "_") }

    /// The file. A reader may meet members that it does not name, and passes over them.
    package func document() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("$schema", "https://json-schema.org/draft/2020-12/schema")
            json.field("$id", CloudEvent.dataSchema(ofType: type))
            json.field("title", title)
            data.described(summary).writeMembers(to: &json, references: "#/$defs/")
            json.key("$defs")
            json.object { json in
                for (name, schema) in data.named.sorted(by: { $0.key < $1.key }) {
                    json.key(string: name)
                    schema.write(to: &json, references: "#/$defs/")
                }
            }
        }
        return json.finish()
    }
}
