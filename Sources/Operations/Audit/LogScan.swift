import EventLog
import Events
import Identifiers
import Inbox
import Progress
import SQLite

/// Reads the log into the notes, once from its beginning, and then what was appended since.
final class LogScan {
    private static let page = 2_000

    private let log: any EventLog
    private let scratch: Scratch
    private let progress: Progress
    private var next: [String: [Int32: Int64]] = [:]
    /// Records of events that the log has more than once.
    private(set) var repeats = 0
    private(set) var records = 0
    /// Records that are no events of ours.
    private(set) var unreadable = 0
    private(set) var deadLetters = 0
    /// Of these, those that were redriven to their group.
    private(set) var redriven = 0
    /// Partitions whose first records are gone, `orders/3` for one.
    private(set) var truncated: [String] = []
    private(set) var committed: [String: [Int32: Int64]] = [:]

    init(log: any EventLog, scratch: Scratch, progress: Progress) {
        self.log = log
        self.scratch = scratch
        self.progress = progress
    }

    /// Reads on to the present end. What the groups have committed is asked first: what lies before it they have
    /// handled when the databases are read later.
    func run() async throws {
        for group in [Topics.notificationGroup, Topics.inventoryGroup] {
            committed[group] = try await log.committedOffsets(group: group)
                .reduce(into: [:]) { if $1.topic == Topics.orders { $0[$1.partition] = $1.offset } }
        }
        try await read(Topics.orders) { try await self.noteOrders($0) }
        try await read(Topics.inventory) { try await self.noteStock($0) }
        for group in [Topics.notificationGroup, Topics.inventoryGroup] {
            try await read(Topics.deadLetters(of: Topics.orders, group: group)) {
                try await self.noteDead($0, group: group)
            }
        }
    }

    /// Whether a group has handled the record at this place.
    func isConsumed(_ place: LogPosition, by group: String) -> Bool {
        place.offset < committed[group]?[place.partition] ?? 0
    }

    private func read(_ topic: String, _ note: ([StoredRecord]) async throws -> Void) async throws {
        let ranges = try await log.ranges(topic: topic)
        let isFirst = next[topic] == nil
        let total = ranges.reduce(0) { $0 + $1.end - max($1.earliest, next[topic]?[$1.partition] ?? 0) }
        if isFirst { progress.begin("reading \(topic)", total: total) }
        for range in ranges {
            if isFirst, range.earliest > 0, topic == Topics.orders || topic == Topics.inventory {
                truncated.append("\(topic)/\(range.partition)")
            }
            var offset = max(range.earliest, next[topic]?[range.partition] ?? 0)
            while offset < range.end {
                let records = try await log.read(
                    topic: topic, partition: range.partition, from: offset, limit: Self.page)
                guard let last = records.last else { break }
                try await note(records)
                offset = last.position.offset + 1
                progress.advance(by: records.count)
            }
            next[topic, default: [:]][range.partition] = offset
        }
    }

    private func noteOrders(_ page: [StoredRecord]) async throws {
        var events: [(order: Identifier, event: LoggedEvent)] = []
        for record in page {
            do throws(UnreadableEvent) {
                let event = try OrderEvent(record)
                events.append((event.order.orderID, LoggedEvent(event, at: record.position)))
            } catch {
                unreadable += 1
            }
        }
        records += page.count
        repeats += try await scratch.note(events)
    }

    private func noteStock(_ page: [StoredRecord]) async throws {
        var events: [InventoryEvent] = []
        for record in page {
            do throws(UnreadableEvent) {
                events.append(try InventoryEvent(record))
            } catch {
                unreadable += 1
            }
        }
        repeats += events.count - (try await scratch.note(events))
    }

    private func noteDead(_ records: [StoredRecord], group: String) async throws {
        let page = records.filter { Redrive.markedOffset($0) == nil }
        deadLetters += page.count
        redriven += records.count - page.count
        let dead = page.compactMap { record in
            record.header("ce_id").flatMap { Identifier($0) }
                .map { (id: $0, error: record.header("dlq.error") ?? "unknown error") }
        }
        try await scratch.database.write { connection in
            for letter in dead {
                try connection.execute(
                    "INSERT INTO dead (event_id, consumer, error) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    [.blob(letter.id.bytes), .text(group), .text(letter.error)])
            }
        }
    }
}

extension Scratch {
    /// Adds the stock that these events brought and took, each once; answers how many were new.
    func note(_ events: [InventoryEvent]) async throws -> Int {
        guard !events.isEmpty else { return 0 }
        return try await database.write { connection in
            var fresh = 0
            for event in events {
                try connection.execute(
                    "INSERT INTO inventory_events (event_id) VALUES (?) ON CONFLICT DO NOTHING",
                    [.blob(event.id.bytes)])
                guard connection.changes == 1 else { continue }
                fresh += 1
                try connection.execute(
                    """
                    INSERT INTO stock (product_id, logged) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET logged = logged + excluded.logged
                    """, [.text(event.product.productID.string), .integer(event.change.units)])
            }
            return fresh
        }
    }

    /// Why a group gave an event up; nil where it did not.
    func deathOf(_ event: Identifier, in group: String) async throws -> String? {
        try await database.read { connection in
            try connection.first(
                "SELECT error FROM dead WHERE event_id = ? AND consumer = ?", [.blob(event.bytes), .text(group)]
            ) { $0.text(0) }
        }
    }
}
