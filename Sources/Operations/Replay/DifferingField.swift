package import ExactText
import JSON

/// A value that a replay has otherwise than the live database.
package struct DifferingField: Sendable, Hashable {
    package var name: String
    package var live: ExactText
    package var replayed: ExactText

    static func write(_ fields: [DifferingField], to json: inout JSONWriter) {
        json.key("fields")
        json.object { json in
            for field in fields {
                json.key(string: field.name)
                json.object { json in
                    json.field("live", field.live.string)
                    json.field("replayed", field.replayed.string)
                }
            }
        }
    }
}
