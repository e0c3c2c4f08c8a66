import EventLog
import Foundation
import Identifiers
import SQLite

/// What audit notes down of what is not as it should be, or came while it read, in a temporary SQLite file: memory thus stays the
/// same whatever the number of orders. (What it notes of all orders is in sorted files.)
struct Scratch: Sendable {
    let database: SQLiteDatabase
    private let path: String

    private static let schema = """
        CREATE TABLE events (
            event_id BLOB PRIMARY KEY, order_id BLOB NOT NULL, kind INTEGER NOT NULL, partition INTEGER NOT NULL,
            offset INTEGER NOT NULL, channels INTEGER NOT NULL, content INTEGER NOT NULL,
            personal INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX events_order ON events (order_id);
        CREATE TABLE suspects (order_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TABLE waiting (event_id BLOB PRIMARY KEY, subject TEXT NOT NULL, type TEXT NOT NULL)
            STRICT, WITHOUT ROWID;
        CREATE INDEX waiting_subject ON waiting (subject);
        CREATE TABLE lost (service TEXT NOT NULL, position INTEGER NOT NULL, subject TEXT NOT NULL,
            PRIMARY KEY (service, position)) STRICT, WITHOUT ROWID;
        CREATE INDEX lost_subject ON lost (service, subject, position);
        CREATE TABLE overtaken (service TEXT NOT NULL, subject TEXT NOT NULL, later TEXT NOT NULL,
            PRIMARY KEY (service, subject)) STRICT, WITHOUT ROWID;
        CREATE TABLE dead (event_id BLOB NOT NULL, consumer TEXT NOT NULL, error TEXT NOT NULL,
            PRIMARY KEY (event_id, consumer)) STRICT, WITHOUT ROWID;
        CREATE TABLE inventory_events (event_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TABLE stock (
            product_id TEXT PRIMARY KEY, logged INTEGER NOT NULL DEFAULT 0, reserved INTEGER NOT NULL DEFAULT 0,
            shipped INTEGER NOT NULL DEFAULT 0, essentials TEXT, further TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE reservations (order_id BLOB PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """

    init() async throws {
        path = FileManager.default.temporaryDirectory.appending(path: "orderlog-audit-\(UUID().uuidString).db").path
        database = try await SQLiteDatabase(
            path: path, role: .shared, readers: 1,
            migrations: [SQLiteMigration(version: 1, name: "scratch", sql: Self.schema)])
    }

    func remove() async {
        await database.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}

extension Scratch {
    /// Notes events of orders down; answers how many of them were there already.
    func note(_ events: [(order: Identifier, event: LoggedEvent)]) async throws -> Int {
        guard !events.isEmpty else { return 0 }
        return try await database.write { connection in
            let inserted = try connection.insert(
                into: "events",
                ["event_id", "order_id", "kind", "partition", "offset", "channels", "content", "personal"],
                events.flatMap { order, event -> [SQLiteValue] in
                    [
                        .blob(event.id.bytes), .blob(order.bytes),
                        .integer(Int64(LoggedEvent.code(event.kind))),
                        .integer(Int64(event.place.partition)), .integer(event.place.offset),
                        .integer(event.channels), .integer(event.content), .integer(event.personal),
                    ]
                }, suffix: "ON CONFLICT DO NOTHING")
            return events.count - inserted
        }
    }

    /// The events of these orders, of those that were noted here, in the order of the log.
    func events(of orders: [Identifier]) async throws -> [Identifier: [LoggedEvent]] {
        try await database.read { connection in
            var found: [Identifier: [LoggedEvent]] = [:]
            for order in orders {
                found[order] = try connection.rows(
                    """
                    SELECT event_id, kind, partition, offset, channels, content, personal FROM events WHERE order_id = ?
                    ORDER BY partition, offset
                    """, [.blob(order.bytes)], LoggedEvent.init)
            }
            return found
        }
    }

    /// Those of these events that a table of the notes does not have.
    func missing(_ ids: [Identifier], from table: String) async throws -> [Identifier] {
        try await database.read { connection in
            try ids.filter { id in
                try connection.first("SELECT 1 FROM \(table) WHERE event_id = ?", [.blob(id.bytes)], { _ in true })
                    == nil
            }
        }
    }

    func noteSuspects(_ orders: [Identifier]) async throws {
        guard !orders.isEmpty else { return }
        try await database.write { connection in
            _ = try connection.insert(
                into: "suspects", ["order_id"], orders.map { .blob($0.bytes) }, suffix: "ON CONFLICT DO NOTHING")
        }
    }

    /// The suspects behind one of them, up to `limit`, sorted.
    func suspects(after order: Identifier?, limit: Int) async throws -> [Identifier] {
        try await database.read { connection in
            try connection.rows(
                "SELECT order_id FROM suspects WHERE order_id > ? ORDER BY order_id LIMIT ?",
                [.blob(order?.bytes ?? []), .integer(Int64(limit))]
            ) { Identifier(bytes: $0.blob(0)) }.compactMap(\.self)
        }
    }

    func removeSuspects(_ orders: [Identifier]) async throws {
        try await database.write { connection in
            for order in orders {
                try connection.execute("DELETE FROM suspects WHERE order_id = ?", [.blob(order.bytes)])
            }
        }
    }
}
