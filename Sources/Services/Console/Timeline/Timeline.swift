import EventLog
import Identifiers
import JSON
import LogTools
import Shop
import Timestamps

/// An order's story.
struct Timeline: Sendable {
    /// A step of the order, as its history has it.
    struct Step: Sendable, Hashable {
        var status: String
        var at: Timestamp
        /// The name of the key that it was asked for with.
        var by: String?
    }

    /// What a customer was told.
    struct Message: Sendable, Hashable {
        var createdAt: Timestamp
        var sentAt: Timestamp?
        /// As the notification service answers it.
        var json: [UInt8]
    }

    /// What the groups have done with the records.
    struct Handled: Sendable {
        var places: GroupPlaces.Places
        var letters: [DeadLetters.Letter] = []

        /// The dead letter that a group made of a record, the last where it failed again.
        func letter(of record: StoredRecord, _ group: String) -> DeadLetters.Letter? {
            letters.last { $0.group == group && $0.origin == record.position.text }
        }
    }

    enum Entry: Sendable {
        case step(Step)
        case event(StoredRecord)
        /// Whether a group has handled a record. When it did is kept nowhere.
        case handled(group: String, StoredRecord, isDone: Bool, letter: DeadLetters.Letter?)
        /// It was made, in the transaction that took the event.
        case message(Message)
        /// It left.
        case sent(Message)
    }

    /// A part of the story that can't be told now.
    struct Missing: Sendable, Hashable {
        /// One of `parts`.
        var part: String
        var detail: String

        static let parts = ["order", "log", "groups", "messages"]
    }

    /// As the order service answers it.
    var order: [UInt8]
    var steps: [Step]
    var found = OrderRecords.Found()
    /// nil: it is not known how far the groups have come, or what they could not handle.
    var handled: Handled?
    var messages: [Message] = []
    var missing: [Missing] = []

    /// In the order in which they happened; what has no time of its own stands behind what it is about.
    var entries: [Entry] {
        var entries: [(at: Timestamp, rank: Int, entry: Entry)] = steps.map { ($0.at, 0, .step($0)) }
        for record in found.records {
            entries.append((record.time, 1, .event(record)))
            for group in GroupPlaces.groups {
                guard let handled else { continue }
                let next = handled.places[group]?[record.position.partition]
                let isPast = next.map { $0 > record.position.offset } ?? false
                let letter = handled.letter(of: record, group)
                // A group goes past what it can't handle, too.
                let isDone = isPast && (letter.map { $0.end == .redriven } ?? true)
                entries.append((record.time, 2, .handled(group: group, record, isDone: isDone, letter: letter)))
            }
        }
        for message in messages {
            entries.append((message.createdAt, 3, .message(message)))
            if let sentAt = message.sentAt { entries.append((sentAt, 4, .sent(message))) }
        }
        // Stable: of one time and rank they stay as they were found.
        return entries.enumerated().sorted {
            ($0.element.at, $0.element.rank, $0.offset) < ($1.element.at, $1.element.rank, $1.offset)
        }.map(\.element.entry)
    }
}
