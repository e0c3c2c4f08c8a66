import Identifiers

/// Goes through what is sorted by events side by side: the log, both inboxes, the notifications and what the outbox published. Does
/// no I/O but that of its own files.
///
/// What is on the log goes on to be sorted by orders. What is not, as far as the log was read, is noted: it may have come later.
struct EventMerge {
    var events: SortedFile<EventNote>
    /// The inboxes.
    var notificationInbox: SortedFile<EventID>
    var inventoryInbox: SortedFile<EventID>
    var notifications: SortedFile<NotificationNote>
    var published: SortedFile<PublishedNote>

    /// What came of it.
    struct Outcome: Sendable {
        /// The log's events, by their orders.
        var handled: SortedFile<HandledEventNote>
        /// The notifications of these, by their events' orders.
        var told: SortedFile<ToldNote>
        /// Records that are repeats.
        var repeats = 0
        /// Notifications that are not the ones that their events make.
        var unlike: SortedFile<NotificationNote>
        // What the log does not have.
        var untold: SortedFile<NotificationNote>
        var missingOfNotification: SortedFile<EventID>
        var missingOfInventory: SortedFile<EventID>
        var lost: SortedFile<PublishedNote>
        /// Of both inboxes.
        var inboxRows: Int
    }

    /// `memory`: bytes of records that are held at a time to be sorted.
    func run(memory: Int = 4 << 20) throws -> Outcome {
        let handled = try Sorter<HandledEventNote>(memory: memory)
        let told = try Sorter<ToldNote>(memory: memory)
        let unlike = try Sorter<NotificationNote>(memory: memory)
        var notificationInbox = try Joined(notificationInbox)
        var inventoryInbox = try Joined(inventoryInbox)
        var notifications = try Joined(notifications)
        var published = try Joined(published)
        var repeats = 0
        var cursor = try events.cursor()
        while let event = cursor.current {
            var entered: HandlingGroups = []
            try notificationInbox.take(event.key) { _ in entered.insert(.notification) }
            try inventoryInbox.take(event.key) { _ in entered.insert(.inventory) }
            try handled.add(HandledEventNote(note: event, entered: entered))
            try notifications.take(event.key) { notification in
                try told.add(ToldNote(notification: notification, key: event.order))
                if !notification.isOfItsEvent { try unlike.add(notification) }
            }
            try published.take(event.key) { _ in }
            try cursor.advance()
            repeats += try cursor.take(event.key).count
        }
        return Outcome(
            handled: try handled.finish(), told: try told.finish(), repeats: repeats, unlike: try unlike.finish(),
            untold: try notifications.finish(), missingOfNotification: try notificationInbox.finish(),
            missingOfInventory: try inventoryInbox.finish(), lost: try published.finish(),
            inboxRows: self.notificationInbox.count + self.inventoryInbox.count)
    }
}

/// A side of a merge: what the other side has no key for is kept.
private struct Joined<Record: SortedRecord> {
    private var cursor: SortedCursor<Record>
    private let alone: Sorter<Record>

    init(_ file: SortedFile<Record>) throws {
        cursor = try file.cursor()
        alone = try Sorter<Record>(memory: 1 << 20)
    }

    /// Those of this key; keys come in their order.
    mutating func take(_ key: Identifier, _ body: (Record) throws -> Void) throws {
        while let record = cursor.current, record.key <= key {
            if record.key == key { try body(record) } else { try alone.add(record) }
            try cursor.advance()
        }
    }

    /// All that nobody has taken.
    mutating func finish() throws -> SortedFile<Record> {
        while let record = cursor.current {
            try alone.add(record)
            try cursor.advance()
        }
        return try alone.finish()
    }
}
