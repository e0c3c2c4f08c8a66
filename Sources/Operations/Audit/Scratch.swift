import EventLog
import Foundation
import Identifiers
import SQLite

/// What audit notes down on its way, in a temporary SQLite file: memory thus stays the same whatever the number of
/// orders.
struct Scratch: Sendable {
    let database: SQLiteDatabase
    private let path: String

    private static let schema = """
        CREATE TABLE events (
            event_id BLOB PRIMARY KEY, order_id BLOB NOT NULL, kind INTEGER NOT NULL, partition INTEGER NOT NULL,
            offset INTEGER NOT NULL, channels INTEGER NOT NULL, content INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX events_order ON events (order_id);
        CREATE TABLE seen (order_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
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
            shipped INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE reservations (order_id BLOB PRIMARY KEY, state INTEGER NOT NULL) STRICT, WITHOUT ROWID;
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
                into: "events", ["event_id", "order_id", "kind", "partition", "offset", "channels", "content"],
                events.flatMap { order, event -> [SQLiteValue] in
                    [
                        .blob(event.id.bytes), .blob(order.bytes),
                        .integer(Int64(LoggedEvent.kinds.firstIndex(of: event.kind) ?? 0)),
                        .integer(Int64(event.place.partition)), .integer(event.place.offset),
                        .integer(event.channels), .integer(event.content),
                    ]
                }, suffix: "ON CONFLICT DO NOTHING")
            return events.count - inserted
        }
    }

    /// The events of these orders, in the order of the log.
    func events(of orders: [Identifier]) async throws -> [Identifier: [LoggedEvent]] {
        try await database.read { connection in
            var found: [Identifier: [LoggedEvent]] = [:]
            for order in orders {
                found[order] = try connection.rows(
                    """
                    SELECT event_id, kind, partition, offset, channels, content FROM events WHERE order_id = ?
                    ORDER BY partition, offset
                    """, [.blob(order.bytes)], LoggedEvent.init)
            }
            return found
        }
    }

    /// Those of these identifiers that a table of the notes does not have.
    func missing(_ ids: [Identifier], from table: String) async throws -> [Identifier] {
        let column = table == "events" || table == "inventory_events" ? "event_id" : "order_id"
        return try await database.read { connection in
            try ids.filter { id in
                try connection.first("SELECT 1 FROM \(table) WHERE \(column) = ?", [.blob(id.bytes)], { _ in true })
                    == nil
            }
        }
    }

    func insert(_ orders: [Identifier], into table: String) async throws {
        guard !orders.isEmpty else { return }
        try await database.write { connection in
            _ = try connection.insert(
                into: table, ["order_id"], orders.map { .blob($0.bytes) }, suffix: "ON CONFLICT DO NOTHING")
        }
    }

    /// The orders of a table behind one of them, up to `limit`, sorted.
    func orders(in table: String, after order: Identifier?, limit: Int) async throws -> [Identifier] {
        try await database.read { connection in
            try connection.rows(
                "SELECT DISTINCT order_id FROM \(table) WHERE order_id > ? ORDER BY order_id LIMIT ?",
                [.blob(order?.bytes ?? []), .integer(Int64(limit))]
            ) { Identifier(bytes: $0.blob(0)) }.compactMap(\.self)
        }
    }

    func remove(_ orders: [Identifier], from table: String) async throws {
        try await database.write { connection in
            for order in orders {
                try connection.execute("DELETE FROM \(table) WHERE order_id = ?", [.blob(order.bytes)])
            }
        }
    }
}
