package import EventLog
import ExactText
package import JSON

extension CloudEvent {
    /// Refuses what no service of ours writes: an event of another source, or one that does not stand under the key of what it
    /// is about, so that nobody keeps its order among the events of that.
    func check(_ record: StoredRecord, from source: String, about subject: String) throws(UnreadableEvent) {
        guard ExactText(self.source) == ExactText(source) else {
            throw UnreadableEvent("ce_source must be \(source), not \(self.source.prefix(100))")
        }
        // The standard lets it be left out; the key then says it.
        guard self.subject.string.isEmpty || self.subject == ExactText(subject) else {
            throw UnreadableEvent("ce_subject must be \(subject), which the event is about")
        }
        guard record.key == Array(subject.utf8) else {
            throw UnreadableEvent("the record's key must be \(subject), which the event is about")
        }
    }

    /// Reads the data, and names everything that is wrong with it.
    package func read<Value>(_ body: (inout JSONReader) throws -> Value?) throws(UnreadableEvent) -> Value {
        do throws(JSONReadError) {
            return try JSON.read(data, isOpen: true, body)
        } catch {
            throw UnreadableEvent(error.text(of: "the data"))
        }
    }
}
