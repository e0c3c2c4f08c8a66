package import EventLog
import Inbox
package import JSON

extension DeadLetters {
    /// What can be done about a letter: `waits` to be redriven, was `redriven` or `discarded`, or is `foreign`: no group put it
    /// there.
    package enum State: String, Sendable {
        case waits
        case redriven
        case discarded
        case foreign
    }

    /// One dead letter, as its topic holds it.
    package struct Letter: Sendable, Hashable {
        /// Without its value, where that was not wanted.
        package var record: StoredRecord
        /// Of its whole value.
        package var bytes: Int
        /// What somebody has done with it; nil: nothing yet.
        package var end: End?

        package enum End: Sendable, Hashable {
            /// Sent back to its group, and it has not come back to this place.
            case redriven
            /// Left here for good, for this reason.
            case discarded(String)
        }

        package init(record: StoredRecord, bytes: Int, end: End? = nil) {
            self.record = record
            self.bytes = bytes
            self.end = end
        }

        /// Where it stands in the dead-letter topic: what tools know it by.
        package var place: LogPosition { record.position }
        /// No group put it there: there is nobody to send it back to.
        package var isForeign: Bool { Redrive.record(of: record) == nil }
        package var state: State {
            switch end {
            case .redriven: .redriven
            case .discarded: .discarded
            case nil: isForeign ? .foreign : .waits
            }
        }
        package var discardReason: String? { if case .discarded(let reason) = end { reason } else { nil } }
        package var error: String { record.header("dlq.error") ?? "" }
        /// Whether its error has this text in it, byte for byte: to Swift's String other bytes may be the same text.
        package func says(_ text: String) -> Bool { error.utf8.firstRange(of: text.utf8) != nil }
        package var group: String { record.header("dlq.group") ?? "" }
        /// What is missing of it, for it was too large; nil when it is whole.
        package var cut: String? {
            Redrive.cut(record).map {
                "\($0.missing); the original stands at \($0.original?.text ?? "an unknown place")"
            }
        }
        /// How often it was tried, all times together.
        package var attempts: Int { record.header("dlq.attempts").flatMap { Int($0) } ?? 0 }
        /// `orders/3:17`, where it failed first.
        package var origin: String {
            let names = ["dlq.topic", "dlq.partition", "dlq.offset"].map { record.header($0) ?? "?" }
            return "\(names[0])/\(names[1]):\(names[2])"
        }
    }
}

extension DeadLetters.Letter {
    init(_ record: StoredRecord, keepsValue: Bool) {
        self.record = record
        bytes = record.value?.count ?? 0
        if !keepsValue { self.record.value = nil }
    }

    /// The members by which tools and the console tell of it.
    package func writeMembers(to json: inout JSONWriter) {
        json.field("place", place.text)
        json.field("origin", origin)
        json.field("group", group)
        json.field("state", state.rawValue)
        json.field("attempts", attempts)
        json.field("error", error)
        json.field("cut", cut)
    }
}
