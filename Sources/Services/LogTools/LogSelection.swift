package import EventLog
import Identifiers
import Timestamps

/// Which records a tool is to look at.
package struct LogSelection: Sendable {
    package var topics: [String]
    package var from: LogPlace
    /// Up to here, and without the record that stands here.
    package var to: LogPlace
    /// The key: an order_id in either case, or a product_id.
    package let key: String?
    /// Its bytes. An order's are in lower case.
    private let keys: [[UInt8]]
    /// `ce_type`, or its name alone: `OrderConfirmed`.
    package var type: String?

    package init(
        topics: [String], from: LogPlace = .earliest, to: LogPlace = .latest, key: String? = nil, type: String? = nil
    ) {
        self.topics = topics
        self.from = from
        self.to = to
        self.key = key
        keys = key.map { [Array($0.utf8)] + (Identifier($0).map { [Array($0.description.utf8)] } ?? []) } ?? []
        self.type = type
    }

    /// Whether nothing is left out.
    package var isWhole: Bool { from == .earliest && to == .latest && isAll }

    /// Whether every record between the two places is selected.
    package var isAll: Bool { key == nil && type == nil }

    /// Records `from ..< to` of one partition.
    package struct Stretch: Sendable, Hashable {
        package var topic: String
        package var partition: Int32
        /// Offset of the first record.
        package var from: Int64
        /// Offset behind the last.
        package var to: Int64
    }

    /// The stretches of the log that are selected, without those that are empty now. Throws an `EventLogError` for an
    /// unknown topic, and `.refused` for a place that is not in the log.
    package func stretches(of log: any EventLog) async throws(EventLogError) -> [Stretch] {
        for place in [from, to] { try check(place) }
        var stretches: [Stretch] = []
        for topic in topics {
            for range in try await log.ranges(topic: topic) {
                guard let from = try await offset(from, topic, range, log, isStart: true),
                    let to = try await offset(to, topic, range, log, isStart: false)
                else { continue }
                stretches.append(Stretch(topic: topic, partition: range.partition, from: from, to: to))
            }
        }
        for place in [from, to] {
            if case .offset(let topic, let partition, _) = place,
                !stretches.contains(where: { $0.partition == partition && (topic == nil || topic == $0.topic) })
            {
                throw EventLogError(.refused, "\(topic ?? topics[0]) has no partition \(partition)")
            }
        }
        return stretches
    }

    /// Of several topics an offset says in which it is.
    private func check(_ place: LogPlace) throws(EventLogError) {
        guard case .offset(let topic, let partition, let offset) = place else { return }
        if let topic, !topics.contains(topic) {
            throw EventLogError(.refused, "\(topic) is none of the topics that are looked at")
        }
        if topic == nil, topics.count > 1 {
            let names = topics.map { "\($0)/\(partition):\(offset)" }.joined(separator: " or ")
            throw EventLogError(.refused, "\(partition):\(offset) may be in several topics: say \(names)")
        }
    }

    /// nil: nothing of this partition is selected.
    private func offset(
        _ place: LogPlace, _ topic: String, _ range: PartitionRange, _ log: any EventLog, isStart: Bool
    ) async throws(EventLogError) -> Int64? {
        switch place {
        case .earliest: return range.earliest
        case .latest: return range.end
        case .time(let time):
            if isStart, time > Timestamp.now() {
                throw EventLogError(.refused, "\(time.rfc3339) is in the future")
            }
            return try await log.offset(topic: topic, partition: range.partition, at: time.milliseconds)
        case .offset(let named, let partition, let offset):
            guard partition == range.partition, named == nil || named == topic else { return nil }
            guard (range.earliest...range.end).contains(offset) else {
                throw EventLogError(
                    .refused,
                    "\(topic)/\(partition) has the offsets \(range.earliest) to \(range.end), and \(offset) is not there"
                )
            }
            return offset
        }
    }

    /// By topic, key and type; not by place.
    package func matches(_ record: StoredRecord) -> Bool {
        guard topics.contains(where: { $0.utf8.elementsEqual(record.position.topic.utf8) }) else { return false }
        if key != nil, record.key.map({ !keys.contains($0) }) ?? true { return false }
        guard let type else { return true }
        guard let name = record.eventType else { return false }
        return [name, RecordText.shortName(name)].contains { $0.utf8.elementsEqual(type.utf8) }
    }
}
