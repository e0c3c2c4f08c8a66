package import EventLog
package import Identifiers
package import Timestamps

/// Since when the topic of orders has all events, where its retention has dropped earlier ones.
package struct LogBegin: Sendable, Hashable {
    /// Of each partition, the time of the first event that is there; nil: all that ever were are.
    private var partitions: [Timestamp?] = []

    /// Of a log that has everything.
    package init() {}

    /// Of a log whose shop never declared a retention it is not known why its first events are gone: then they count as lost.
    package static func read(_ log: any EventLog) async throws(EventLogError) -> LogBegin {
        guard try await DeclaredRetention.read(log) != nil else { return LogBegin() }
        var begin = LogBegin()
        for range in try await log.ranges(topic: Topics.orders) {
            guard range.earliest > 0 else {
                begin.partitions.append(nil)
                continue
            }
            let first = try await log.read(
                topic: Topics.orders, partition: range.partition, from: range.earliest, limit: 1
            ).first
            begin.partitions.append(first?.time ?? .now())
        }
        return begin.partitions.contains { $0 != nil } ? begin : LogBegin()
    }

    /// Whether any events have been dropped.
    package var isLater: Bool { !partitions.isEmpty }

    /// Whether an event of this order, of that time, may have been dropped.
    package func isAfter(_ time: Timestamp, of order: Identifier) -> Bool {
        guard isLater else { return false }
        let partition = Murmur2.partition(of: Array(order.description.utf8), among: Int32(partitions.count))
        return partitions[Int(partition)].map { time < $0 } ?? false
    }

    /// Whether an event may have been dropped, of which nothing is known but its id. Ours have their time in it; an id of
    /// another kind says nothing, and may have been.
    package func isAfter(_ event: Identifier) -> Bool {
        guard let latest = partitions.compactMap(\.self).max() else { return false }
        guard event.high >> 12 & 0xF == 7 else { return true }
        // An id is made a little later than the time of its event.
        return Timestamp(milliseconds: Int64(event.high >> 16) - 60_000) < latest
    }
}
