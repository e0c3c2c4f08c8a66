import EventLog
import ExactText
import Identifiers
import Outbox
import SQLite

/// What waits in the outboxes, and what the log has lost of what they published.
extension Scratch {
    func noteWaiting(_ entries: [OutboxEntry]) async throws {
        guard !entries.isEmpty else { return }
        try await database.write { connection in
            _ = try connection.insert(
                into: "waiting", ["event_id", "subject", "type"],
                entries.flatMap { entry -> [SQLiteValue] in
                    let event = entry.row.event.event
                    return [.blob(event.id.bytes), .text(event.subject.string), .text(event.type)]
                }, suffix: "ON CONFLICT DO NOTHING")
        }
    }

    /// The types of events of these orders that wait in an outbox; those of which none does are left out.
    func waiting(of orders: [Identifier]) async throws -> [Identifier: Set<String>] {
        try await database.read { connection in
            // As a rule nothing waits.
            guard try connection.first("SELECT 1 FROM waiting LIMIT 1", [], { _ in true }) != nil else { return [:] }
            var waiting: [Identifier: Set<String>] = [:]
            for order in orders {
                let types = try connection.rows(
                    "SELECT type FROM waiting WHERE subject = ?", [.text(order.description)]
                ) { $0.text(0) }
                if !types.isEmpty { waiting[order] = Set(types) }
            }
            return waiting
        }
    }

    func noteLost(_ entries: [OutboxEntry], of service: String) async throws {
        guard !entries.isEmpty else { return }
        try await database.write { connection in
            _ = try connection.insert(
                into: "lost", ["service", "position", "subject"],
                entries.flatMap { entry -> [SQLiteValue] in
                    [.text(service), .integer(entry.row.position), .text(entry.row.event.event.subject.string)]
                }, suffix: "ON CONFLICT DO NOTHING")
        }
    }

    /// Notes the keys of lost events that have a later one among these entries which is not lost.
    func noteOvertaken(by entries: [OutboxEntry], of service: String) async throws {
        try await database.write { connection in
            for entry in entries {
                let event = entry.row.event.event
                let values: [SQLiteValue] = [.text(service), .text(event.subject.string), .integer(entry.row.position)]
                let first = try connection.first(
                    "SELECT min(position) FROM lost WHERE service = ? AND subject = ? AND position < ?", values
                ) { $0.optionalInt(0) }
                guard let first, first != nil else { continue }
                let isLost = try connection.first(
                    "SELECT 1 FROM lost WHERE service = ? AND position = ?",
                    [.text(service), .integer(entry.row.position)], { _ in true })
                guard isLost == nil else { continue }
                try connection.execute(
                    "INSERT INTO overtaken (service, subject, later) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    [
                        .text(service), .text(event.subject.string),
                        .text(entry.isPublished ? "has its \(event.type)" : "its \(event.type) waits in the outbox"),
                    ])
            }
        }
    }

    /// Those of these entries that the log has lost, and what is later than they are.
    func lost(_ entries: [OutboxEntry], of service: String) async throws -> [(entry: OutboxEntry, later: String?)] {
        try await database.read { connection in
            try entries.compactMap { entry in
                let found = try connection.first(
                    """
                    SELECT o.later FROM lost l LEFT JOIN overtaken o ON o.service = l.service AND o.subject = l.subject
                    WHERE l.service = ? AND l.position = ?
                    """, [.text(service), .integer(entry.row.position)]
                ) { $0.optionalText(0) }
                return found.map { (entry, $0) }
            }
        }
    }
}
