import EventLog
import Identifiers
import JSON
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

    enum Entry: Sendable {
        case step(Step)
        case event(StoredRecord)
        /// Whether a group has gone past a record. When it did is kept nowhere.
        case handled(group: String, StoredRecord, isDone: Bool)
        /// It was made, in the transaction that took the event.
        case message(Message)
        /// It left.
        case sent(Message)
    }

    /// A part of the story that can't be told now.
    struct Missing: Sendable, Hashable {
        /// `log` or `messages`.
        var part: String
        var detail: String
    }

    /// As the order service answers it.
    var order: [UInt8]
    var steps: [Step]
    var found = OrderRecords.Found()
    var messages: [Message] = []
    var missing: [Missing] = []

    /// In the order in which they happened; what has no time of its own stands behind what it is about.
    var entries: [Entry] {
        var entries: [(at: Timestamp, rank: Int, entry: Entry)] = steps.map { ($0.at, 0, .step($0)) }
        for record in found.records {
            entries.append((record.time, 1, .event(record)))
            for group in OrderRecords.groups {
                let isDone = found.handled[group].map { $0 > record.position.offset } ?? false
                entries.append((record.time, 2, .handled(group: group, record, isDone: isDone)))
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
