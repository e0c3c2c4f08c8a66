import Databases
package import Identifiers
package import Inbox
import SQLite

/// What audit reads of the notifications, beside the running service: each call is a short transaction of its own.
package protocol NotificationReader: InboxReader {
    /// The notifications behind a position, up to `limit`, in the order of their positions; about 1 MiB of them at most.
    func notifications(after position: Int64, limit: Int) async throws
        -> [(position: Int64, notification: Notification)]

    /// The notifications that these events made.
    func notifications(ofEvents events: [Identifier]) async throws -> [Identifier: [Notification]]

    /// About how many bytes these events' notifications have, of those that made any.
    func sizes(ofEvents events: [Identifier]) async throws -> [Identifier: Int]

    /// Those of these events that somebody asked to be told again, with the numbers of the repeats.
    func repeats(ofEvents events: [Identifier]) async throws -> [Identifier: Set<Int64>]

    /// The last position, about as many as there are notifications.
    func lastPosition() async throws -> Int64
}

extension SQLiteNotificationStore: NotificationReader {
    package func count() async throws -> Int64 {
        try await database.read { try $0.first("SELECT count(*) FROM notifications") { $0.int(0) } ?? 0 }
    }

    package func notifications(
        after position: Int64, limit: Int
    ) async throws -> [(position: Int64, notification: Notification)] {
        try await database.read { connection in
            try Page(limit: limit, after: position).rows(
                "SELECT \(NotificationRow.columns), position FROM notifications WHERE position > ? ORDER BY position LIMIT ?",
                [.integer(position)], columns: NotificationRow.names.count, in: connection, NotificationRow.read
            ).items.map { ($0.position, $0.item) }
        }
    }

    package func sizes(ofEvents events: [Identifier]) async throws -> [Identifier: Int] {
        try await database.read { connection in
            var sizes: [Identifier: Int] = [:]
            for event in events {
                let size = try connection.first(
                    """
                    SELECT sum(length(CAST(body AS BLOB))) FROM notifications INDEXED BY notifications_event
                    WHERE event_id = ?
                    """, [.blob(event.bytes)]
                ) { $0.optionalInt(0) }
                if let size, let size { sizes[event] = Int(size) }
            }
            return sizes
        }
    }

    package func notifications(ofEvents events: [Identifier]) async throws -> [Identifier: [Notification]] {
        try await database.read { connection in
            var found: [Identifier: [Notification]] = [:]
            for event in events {
                found[event] = try connection.rows(
                    """
                    SELECT \(NotificationRow.columns) FROM notifications INDEXED BY notifications_event
                    WHERE event_id = ? ORDER BY position
                    """, [.blob(event.bytes)], NotificationRow.read)
            }
            return found
        }
    }

    package func repeats(ofEvents events: [Identifier]) async throws -> [Identifier: Set<Int64>] {
        try await database.read { connection in
            var found: [Identifier: Set<Int64>] = [:]
            for event in events {
                let numbers = try connection.rows(
                    "SELECT repeat FROM repeats WHERE event_id = ?", [.blob(event.bytes)]
                ) { $0.int(0) }
                if !numbers.isEmpty { found[event] = Set(numbers) }
            }
            return found
        }
    }

    package func lastPosition() async throws -> Int64 {
        try await database.read {
            try $0.first("SELECT coalesce(max(position), 0) FROM notifications") { $0.int(0) } ?? 0
        }
    }

    package func entered(_ events: [Identifier]) async throws -> Set<Identifier> {
        try await database.read { try SQLiteInbox.entered(events, in: $0) }
    }

    package func inbox(after event: Identifier?, limit: Int) async throws -> [Identifier] {
        try await database.read { try SQLiteInbox.events(after: event, limit: limit, in: $0) }
    }
}
