import EventLog
import Events
import Identifiers

/// An event of the log, sorted by its id, the first of several records of it in front.
struct EventNote: SortedRecord {
    var key: Identifier
    var order: Identifier
    private var content: Int64
    private var personal: Int64
    private var offset: Int64
    private var partition: Int32
    private var kind: UInt8
    private var channels: UInt8

    init(_ event: LoggedEvent, of order: Identifier) {
        key = event.id
        self.order = order
        content = event.content
        personal = event.personal
        offset = event.place.offset
        partition = event.place.partition
        kind = UInt8(LoggedEvent.code(event.kind))
        channels = UInt8(event.channels)
    }

    var event: LoggedEvent {
        LoggedEvent(
            id: key, kind: LoggedEvent.kinds[Int(kind)],
            place: LogPosition(topic: Topics.orders, partition: partition, offset: offset), channels: Int64(channels),
            content: content, personal: personal)
    }

    func precedes(_ other: EventNote) -> Bool {
        (key.high, key.low, partition, offset) < (other.key.high, other.key.low, other.partition, other.offset)
    }

    /// Whether it stands before another one of its order, as the log has them.
    func precedesInLog(_ other: EventNote) -> Bool { (partition, offset) < (other.partition, other.offset) }
}

/// An event of the log with what became of it, sorted by its order, and as the log has an order's events.
struct HandledEventNote: SortedRecord {
    var note: EventNote
    /// Which groups have entered it in their inboxes.
    var entered: HandlingGroups

    var key: Identifier { note.order }

    func precedes(_ other: HandledEventNote) -> Bool {
        if key != other.key { return key < other.key }
        return note.precedesInLog(other.note)
    }
}

/// The groups that read orders' events.
struct HandlingGroups: OptionSet, BitwiseCopyable, Sendable {
    var rawValue: UInt8

    static let notification = HandlingGroups(rawValue: 1)
    static let inventory = HandlingGroups(rawValue: 2)

    static let all = [(HandlingGroups.notification, Topics.notificationGroup), (.inventory, Topics.inventoryGroup)]
}

/// An event of which nothing is known but its id: one of an inbox.
struct EventID: SortedRecord {
    var key: Identifier
}
