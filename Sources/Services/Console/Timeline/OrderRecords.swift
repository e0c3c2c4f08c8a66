import EventLog
import Events
import Identifiers
import Timestamps

/// Finds the records of one order's events on the log, by when they happened: no more of the log is read than lies about these times.
struct OrderRecords: Sendable {
    let log: any EventLog
    /// Records that are read for one step of an order. Events of one partition come nearly in the order of their times: only those of
    /// neighbours that were committed in between stand before it.
    private static let mostRead = 2_000
    private static let pageSize = 500

    /// What was found.
    struct Found: Sendable {
        /// In the order in which they stand.
        var records: [StoredRecord] = []

        /// A relay may have published one twice.
        var events: Int { Set(records.compactMap { $0.header("ce_id") }).count }
    }

    /// - Parameter times: when the order moved, in order
    func find(_ order: Identifier, at times: [Timestamp]) async throws(EventLogError) -> Found {
        let key = Array(order.description.utf8)
        let count = try await log.partitions(of: Topics.orders)
        let partition = Murmur2.partition(of: key, among: count)
        var found = Found()
        var next: Int64 = 0
        for (index, time) in times.enumerated() where found.events <= index {
            let start = try await log.offset(topic: Topics.orders, partition: partition, at: time.milliseconds)
            try await read(partition, from: max(start, next), key, until: index + 1, &found, &next)
        }
        return found
    }

    /// Reads on until so many events are there. `next`: the offset behind what was read.
    private func read(
        _ partition: Int32, from start: Int64, _ key: [UInt8], until wanted: Int, _ found: inout Found,
        _ next: inout Int64
    ) async throws(EventLogError) {
        var offset = start
        var left = Self.mostRead
        while left > 0 {
            let page = try await log.read(
                topic: Topics.orders, partition: partition, from: offset, limit: min(left, Self.pageSize))
            guard let last = page.last else { return }
            found.records += page.filter { $0.key == key }
            offset = last.position.offset + 1
            next = offset
            left -= page.count
            if found.events >= wanted { return }
        }
    }
}
