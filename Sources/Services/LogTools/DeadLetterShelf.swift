package import EventLog
import Inbox

/// A dead-letter topic as far as it has been read: its letters, and what became of each.
package struct DeadLetterShelf: Sendable {
    private struct Partition {
        /// The offset behind what was read.
        var next: Int64 = 0
        var letters: [DeadLetters.Letter] = []
        var ends: [Int64: DeadLetters.Letter.End] = [:]
    }

    private static let page = 1_000
    /// Pages that one call reads of a partition.
    private static let pages = 20

    package let topic: String
    private let keepsValues: Bool
    private let most: Int
    private var partitions: [Int32: Partition] = [:]
    /// Letters that are kept no more, for there were too many.
    package private(set) var dropped = 0

    /// - Parameters:
    ///   - keepsValues: no: of each letter its value is left out
    ///   - most: how many letters of a partition are kept, the newest; older ones are dropped
    package init(_ topic: String, keepsValues: Bool = true, most: Int = .max) {
        self.topic = topic
        self.keepsValues = keepsValues
        self.most = most
    }

    /// Oldest first within a partition.
    package var letters: [DeadLetters.Letter] {
        partitions.sorted { $0.key < $1.key }.flatMap { _, partition in
            partition.letters.map { letter in
                var letter = letter
                letter.end = partition.ends[letter.place.offset]
                return letter
            }
        }
    }

    /// Reads what has come since. True: there is more than one call reads.
    package mutating func readOn(_ log: any EventLog) async throws(EventLogError) -> Bool {
        var hasMore = false
        for range in try await log.ranges(topic: topic) {
            var partition = partitions[range.partition] ?? Partition()
            // The topic was made anew.
            if partition.next > range.end { partition = Partition() }
            partition.next = max(partition.next, range.earliest)
            partition.letters.removeAll { $0.place.offset < range.earliest }
            var pages = Self.pages
            while partition.next < range.end, pages > 0 {
                pages -= 1
                let records = try await log.read(
                    topic: topic, partition: range.partition, from: partition.next, limit: Self.page)
                // Those that were to come have been removed.
                guard let last = records.last else {
                    partition.next = range.end
                    break
                }
                for record in records { note(record, in: &partition) }
                partition.next = last.position.offset + 1
            }
            if partition.next < range.end { hasMore = true }
            partitions[range.partition] = partition
        }
        return hasMore
    }

    private mutating func note(_ record: StoredRecord, in partition: inout Partition) {
        if let marked = Redrive.markedOffset(record) {
            partition.ends[marked] = Redrive.discardReason(record).map { .discarded($0) } ?? .redriven
            return
        }
        partition.letters.append(DeadLetters.Letter(record, keepsValue: keepsValues))
        // Several at once: to remove the first of a list moves all others.
        let surplus = partition.letters.count - most
        guard surplus > max(most / 10, 1) else { return }
        dropped += surplus
        for letter in partition.letters.prefix(surplus) { partition.ends[letter.place.offset] = nil }
        partition.letters.removeFirst(surplus)
    }
}
