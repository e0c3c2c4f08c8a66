package import EventLog
package import Inbox
package import JSON
import VisibleText

/// What a replay did.
package struct ReplayReport: Sendable {
    /// So many of the dead are named.
    private static let named = 10

    /// Selected records that were read.
    package private(set) var read = 0
    /// Events whose work is committed, or had been before.
    package private(set) var handled = 0
    /// Records that would be dead letters.
    package private(set) var deadLettered = 0
    /// The first of them.
    package private(set) var dead: [DeadLetter] = []
    /// The place of the last record.
    package private(set) var last: LogPosition?
    package var duration: Duration = .zero

    package init() {}

    mutating func add(_ records: [StoredRecord], handled: Int, dead: [DeadLetter]) {
        read += records.count
        self.handled += handled
        deadLettered += dead.count
        self.dead += dead.prefix(Self.named - self.dead.count)
        last = records.last?.position ?? last
    }

    package var perSecond: Int {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        return seconds > 0 ? Int(Double(read) / seconds) : 0
    }

    /// For a person.
    package var text: String {
        let dead = dead.map { "\n  \($0.record.position.text) would be a dead letter: \($0.error.printable())" }
            .joined()
        return "\(read) events read, \(handled) handled, \(deadLettered) dead-lettered, \(perSecond) events/s" + dead
    }

    package func write(to json: inout JSONWriter) {
        json.field("read", read)
        json.field("handled", handled)
        json.field("dead_lettered", deadLettered)
        json.field("events_per_second", perSecond)
        json.key("dead")
        json.array { json in
            for letter in dead {
                json.object { json in
                    json.field("place", letter.record.position.text)
                    json.field("error", letter.error)
                }
            }
        }
    }
}
