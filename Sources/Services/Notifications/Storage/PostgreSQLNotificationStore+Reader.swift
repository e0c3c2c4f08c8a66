import Databases
package import Identifiers
import Inbox
import PostgreSQL

extension PostgreSQLNotificationStore: NotificationReader {
    package func count() async throws -> Int64 {
        try await database.read { try $0.run("SELECT count(*) FROM notifications").first { $0.int(0) } ?? 0 }
    }

    package func notifications(
        after position: Int64, limit: Int
    ) async throws -> [(position: Int64, notification: Notification)] {
        try await database.read { connection in
            try Page(limit: limit, after: position).rows(
                "SELECT \(NotificationRow.columns), position FROM notifications WHERE position > $1", [.int(position)],
                columns: NotificationRow.names.count, sized: ["recipient", "subject", "body"], oldestFirst: true,
                in: connection, PostgreSQLNotificationRow.read
            ).items.map { ($0.position, $0.item) }
        }
    }

    package func sizes(ofEvents events: [Identifier]) async throws -> [Identifier: Int] {
        try await database.read { connection in
            try connection.run(
                """
                SELECT event_id, sum(octet_length(body)) FROM notifications WHERE event_id = ANY($1) GROUP BY event_id
                """, [.uuids(events.map(\.bytes))]
            ).map { (Identifier(bytes: $0.bytes(0)), Int($0.int(1))) }
        }.reduce(into: [:]) { sizes, row in
            if let event = row.0 { sizes[event] = row.1 }
        }
    }

    package func notifications(ofEvents events: [Identifier]) async throws -> [Identifier: [Notification]] {
        let found = try await database.read { connection in
            try connection.run(
                "SELECT \(NotificationRow.columns) FROM notifications WHERE event_id = ANY($1) ORDER BY position",
                [.uuids(events.map(\.bytes))]
            ).map(PostgreSQLNotificationRow.read)
        }
        return found.reduce(into: [:]) { list, notification in
            if let event = notification.eventID { list[event, default: []].append(notification) }
        }
    }

    package func repeats(ofEvents events: [Identifier]) async throws -> [Identifier: Set<Int64>] {
        let found = try await database.read { connection in
            try connection.run(
                "SELECT event_id, repeat FROM repeats WHERE event_id = ANY($1)", [.uuids(events.map(\.bytes))]
            ).map { (Identifier(bytes: $0.bytes(0)), $0.int(1)) }
        }
        return found.reduce(into: [:]) { list, row in
            if let event = row.0 { list[event, default: []].insert(row.1) }
        }
    }

    package func lastPosition() async throws -> Int64 {
        try await database.read {
            try $0.run("SELECT coalesce(max(position), 0) FROM notifications").first { $0.int(0) } ?? 0
        }
    }

    package func entered(_ events: [Identifier]) async throws -> Set<Identifier> {
        try await database.read { try PostgreSQLInbox.entered(events, in: $0) }
    }

    package func inbox(after event: Identifier?, limit: Int) async throws -> [Identifier] {
        try await database.read { try PostgreSQLInbox.events(after: event, limit: limit, in: $0) }
    }
}
