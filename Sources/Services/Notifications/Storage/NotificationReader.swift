package import Identifiers
package import Inbox
import SQLite

/// What audit reads of the notifications, beside the running service: each call is a short transaction of its own.
package protocol NotificationReader: InboxReader {
    /// The notifications behind a position, up to `limit`, in the order of their positions.
    func notifications(after position: Int64, limit: Int) async throws
        -> [(position: Int64, notification: Notification)]

    /// The notifications that these events made.
    func notifications(ofEvents events: [Identifier]) async throws -> [Identifier: [Notification]]

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
            try connection.rows(
                "SELECT \(NotificationRow.columns), position FROM notifications WHERE position > ? ORDER BY position LIMIT ?",
                [.integer(position), .integer(Int64(limit))]
            ) { ($0.int(NotificationRow.names.count), try NotificationRow.read($0)) }
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
