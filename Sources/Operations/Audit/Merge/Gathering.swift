import Identifiers
import Inbox
import Notifications
import Orders
import Progress

/// Reads each table once, in pages, each in a short transaction, and notes what is compared of its rows.
enum Gathering {
    private static let page = 1_000

    /// The orders up to a position.
    static func orders(
        of reader: any OrderReader, upTo end: Int64, _ progress: Progress
    ) async throws -> (notes: SortedFile<OrderNote>, count: Int) {
        let sorter = try Sorter<OrderNote>()
        var count = 0
        try await readAhead { (last: (position: Int64, order: Order)?) in
            let position = last?.position ?? 0
            guard position < end else { return [] }
            return try await reader.orders(after: position, limit: page)
        } _: { page in
            for (position, order) in page where position <= end {
                try sorter.add(OrderNote(order))
                count += 1
            }
            progress.advance(by: page.count)
        }
        return (try sorter.finish(), count)
    }

    /// What the notifications' table has.
    struct Notifications: Sendable {
        /// Those of events.
        var notes: SortedFile<NotificationNote>
        var count = 0
        var queued = 0
        var failed = 0
    }

    static func notifications(of reader: any NotificationReader, _ progress: Progress) async throws -> Notifications {
        let sorter = try Sorter<NotificationNote>()
        var (count, queued, failed) = (0, 0, 0)
        try await readAhead { last in
            try await reader.notifications(after: last?.position ?? 0, limit: page)
        } _: { page in
            for (position, notification) in page {
                if let note = NotificationNote(notification, at: position) { try sorter.add(note) }
                if notification.status == .queued { queued += 1 }
                if notification.status == .failed { failed += 1 }
            }
            count += page.count
            progress.advance(by: page.count)
        }
        return Notifications(notes: try sorter.finish(), count: count, queued: queued, failed: failed)
    }

    static func inbox(of reader: any InboxReader) async throws -> SortedFile<EventID> {
        let sorter = try Sorter<EventID>()
        try await readAhead { last in
            try await reader.inbox(after: last, limit: page)
        } _: { page in
            for event in page { try sorter.add(EventID(key: event)) }
        }
        return try sorter.finish()
    }
}
