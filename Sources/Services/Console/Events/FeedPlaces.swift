import EventLog

/// How far a feed has come in its topics: what an event's `id` says, so that `Last-Event-ID` goes on behind it.
///
/// As text a topic and its partitions' next offsets in order, `orders:17.5.3;inventory:1.2`.
struct FeedPlaces: Sendable, Hashable {
    private(set) var topics: [String: [Int64]] = [:]

    init() {}

    /// nil for what is no such text.
    init?(_ text: String) {
        guard text.utf8.count <= 4_000 else { return nil }
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let halves = part.split(separator: ":", omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[0].isEmpty, topics[String(halves[0])] == nil else {
                return nil
            }
            let offsets = halves[1].split(separator: ".", omittingEmptySubsequences: false).map {
                Int64($0)
            }
            guard offsets.allSatisfy({ $0.map { $0 >= 0 } ?? false }) else { return nil }
            topics[String(halves[0])] = offsets.compactMap(\.self)
        }
    }

    var text: String {
        topics.sorted { $0.key < $1.key }
            .map { "\($0.key):\($0.value.map(String.init).joined(separator: "."))" }.joined(
                separator: ";")
    }

    /// The next offset of a partition; nil: it is not known.
    func next(_ topic: String, _ partition: Int32) -> Int64? {
        guard let offsets = topics[topic], offsets.indices.contains(Int(partition)) else { return nil }
        return offsets[Int(partition)]
    }

    mutating func set(_ topic: String, _ offsets: [Int64]) { topics[topic] = offsets }

    /// Behind a record.
    mutating func pass(_ position: LogPosition) {
        guard next(position.topic, position.partition) != nil else { return }
        topics[position.topic]?[Int(position.partition)] = position.offset + 1
    }

    /// Whether others are as far in each partition, or further.
    func isReached(by others: FeedPlaces) -> Bool {
        topics.allSatisfy { topic, offsets in
            offsets.enumerated().allSatisfy { partition, offset in
                others.next(topic, Int32(partition)).map { $0 >= offset } ?? false
            }
        }
    }

    /// With what is known here of partitions that the others do not know, or know wrongly: a topic was made later, or anew.
    func within(_ ends: FeedPlaces) -> FeedPlaces {
        var places = FeedPlaces()
        for (topic, offsets) in ends.topics {
            places.set(
                topic,
                offsets.enumerated().map { partition, end in min(next(topic, Int32(partition)) ?? end, end)
                })
        }
        return places
    }
}
