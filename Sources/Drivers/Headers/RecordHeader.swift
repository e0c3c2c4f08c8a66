/// A header of a record. Names may repeat, and their order is kept.
package struct RecordHeader: Sendable, Hashable {
    /// Without NUL characters.
    package var name: String
    /// Any bytes; nil is Kafka's null, which is not the same as empty.
    package var value: [UInt8]?

    package init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ value: String) {
        self.init(name, Array(value.utf8))
    }
}
