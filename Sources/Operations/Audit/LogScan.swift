import EventLog
import Events
import ExactText
import Identifiers
import Inbox
import Inventory
import Progress
import SQLite
import Shop

/// Reads the log: once from its beginning to the end that it had, into sorted notes, and then what was appended since, into the
/// scratch.
final class LogScan {
    private static let page = 2_000

    private let log: any EventLog
    private let scratch: Scratch
    private var next: [String: [Int32: Int64]] = [:]
    /// What the first reading noted, by the ids of the events; nil while it reads.
    private var events: SortedFile<EventNote>?
    /// Records of events that the log has more than once, but for those that the first reading has noted twice.
    private(set) var repeats = 0
    private(set) var records = 0
    /// Records that are no events of ours.
    private(set) var unreadable = 0
    /// Events of types that are none of ours, which the services pass over.
    private(set) var foreign = 0
    private(set) var deadLetters = 0
    /// Of these, those that were redriven to their group, or discarded by somebody.
    private(set) var ended = 0
    /// Partitions whose first records are gone, `orders/3` for one, and nobody has declared that.
    private(set) var truncated: [String] = []
    /// Since when the log has the events of orders, where that was declared.
    private(set) var begin = LogBegin()
    private var committed: [String: [Int32: Int64]] = [:]

    init(log: any EventLog, scratch: Scratch) {
        self.log = log
        self.scratch = scratch
    }

    /// Where the log ended at a moment.
    struct End {
        fileprivate var ranges: [String: [PartitionRange]] = [:]

        var records: Int64 { ranges.values.joined().reduce(0) { $0 + $1.end - $1.earliest } }
    }

    /// Where it ends now. What the groups have committed is asked first: what lies before it they have handled when the
    /// databases are read later.
    func end() async throws -> End {
        for group in [Topics.notificationGroup, Topics.inventoryGroup] {
            committed[group] = try await log.committedOffsets(group: group)
                .reduce(into: [:]) { if $1.topic == Topics.orders { $0[$1.partition] = $1.offset } }
        }
        begin = try await LogBegin.read(log)
        var end = End()
        for topic in Self.topics { end.ranges[topic] = try await log.ranges(topic: topic) }
        return end
    }

    private static let topics =
        [Topics.orders, Topics.inventory]
        + [Topics.notificationGroup, Topics.inventoryGroup].map { Topics.deadLetters(of: Topics.orders, group: $0) }

    /// Reads it for the first time.
    func readAll(to end: End, progress: Progress) async throws -> SortedFile<EventNote> {
        let sorter = try Sorter<EventNote>()
        try await read(to: end, progress: progress) { events in
            for (order, event) in events { try sorter.add(EventNote(event, of: order)) }
        }
        let notes = try sorter.finish()
        events = notes
        return notes
    }

    /// Reads on to the present end.
    func run() async throws {
        try await read(to: try await end(), progress: nil) { repeats += try await scratch.note(try fresh($0)) }
    }

    /// Those of these events that the first reading has not noted; the others are counted as repeats.
    private func fresh(
        _ events: [(order: Identifier, event: LoggedEvent)]
    ) throws -> [(order: Identifier, event: LoggedEvent)] {
        let fresh = try events.filter { try self.events?.find($0.event.id).isEmpty ?? true }
        repeats += events.count - fresh.count
        return fresh
    }

    private func read(
        to end: End, progress: Progress?,
        _ note: ([(order: Identifier, event: LoggedEvent)]) async throws -> Void
    ) async throws {
        try await read(Topics.orders, end, progress) { try await note(orderEvents($0)) }
        try await read(Topics.inventory, end, progress) { try await noteStock($0) }
        for group in [Topics.notificationGroup, Topics.inventoryGroup] {
            try await read(Topics.deadLetters(of: Topics.orders, group: group), end, progress) {
                try await noteDead($0, group: group)
            }
        }
    }

    /// Whether a group has handled the record at a place, as far as it had said so when the log's end was last asked for.
    var isConsumed: @Sendable (LoggedEvent, _ group: String) -> Bool {
        let committed = committed
        return { event, group in event.place.offset < committed[group]?[event.place.partition] ?? 0 }
    }

    /// Those of these events of orders that the log does not have, of events that it was not seen to have at first.
    func missing(_ events: [Identifier]) async throws -> [Identifier] {
        try await scratch.missing(events, from: "events")
    }

    private func read(
        _ topic: String, _ end: End, _ progress: Progress?, _ note: ([StoredRecord]) async throws -> Void
    ) async throws {
        let log = log
        let isFirst = next[topic] == nil
        for range in end.ranges[topic] ?? [] {
            if isFirst, range.earliest > 0, topic == Topics.inventory || (topic == Topics.orders && !begin.isLater) {
                truncated.append("\(topic)/\(range.partition)")
            }
            let start = max(range.earliest, next[topic]?[range.partition] ?? 0)
            var offset = start
            try await readAhead { (last: StoredRecord?) in
                let offset = last.map { $0.position.offset + 1 } ?? start
                guard offset < range.end else { return [] }
                return try await log.read(
                    topic: topic, partition: range.partition, from: offset, limit: Self.page)
            } _: { records in
                try await note(records)
                offset = records.last.map { $0.position.offset + 1 } ?? offset
                progress?.advance(by: records.count)
            }
            next[topic, default: [:]][range.partition] = offset
        }
    }

    private func orderEvents(_ page: [StoredRecord]) -> [(order: Identifier, event: LoggedEvent)] {
        var events: [(order: Identifier, event: LoggedEvent)] = []
        for record in page {
            do throws(UnreadableEvent) {
                let event = try OrderEvent(record)
                events.append((event.order.orderID, LoggedEvent(event, at: record.position)))
            } catch {
                if error.foreignType == nil { unreadable += 1 } else { foreign += 1 }
            }
        }
        records += page.count
        return events
    }

    private func noteStock(_ page: [StoredRecord]) async throws {
        var events: [InventoryEvent] = []
        for record in page {
            do throws(UnreadableEvent) {
                events.append(try InventoryEvent(record))
            } catch {
                if error.foreignType == nil { unreadable += 1 } else { foreign += 1 }
            }
        }
        repeats += events.count - (try await scratch.note(events))
    }

    private func noteDead(_ records: [StoredRecord], group: String) async throws {
        let page = records.filter { Redrive.markedOffset($0) == nil }
        deadLetters += page.count
        ended += records.count - page.count
        let dead = page.compactMap { record in
            record.eventIdentity
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
    /// Adds the stock that these events brought and took, each once, and notes what the last of a product says that it is; answers
    /// how many were new.
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
                let words = ProductWords(event.product)
                try connection.execute(
                    """
                    INSERT INTO stock (product_id, logged, essentials, further) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET logged = logged + excluded.logged, essentials = excluded.essentials,
                        further = coalesce(excluded.further, further)
                    """,
                    [
                        .text(event.product.productID.string), .integer(event.change.units),
                        .text(words.essentials.string),
                        event.change.describes ? .text(words.further.string) : .null,
                    ])
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
