import EventLog
import Synchronization

/// How many records of a dead-letter topic were not redriven. The topic is read once, and from then on what comes.
final class WaitingLetterCount: Sendable {
    /// Of more than that it is not known which were redriven.
    private static let most = 100_000
    private static let page = 500
    /// Of one look.
    private static let pages = 20

    private struct Partition {
        var next: Int64 = 0
        var waiting: Set<Int64> = []
    }

    let topic: String
    private let log: any EventLog
    private let partitions = Mutex<[Int32: Partition]>([:])

    init(topic: String, log: any EventLog) {
        self.topic = topic
        self.log = log
    }

    func look() async throws(EventLogError) -> Int {
        var count = 0
        for range in try await log.ranges(topic: topic) {
            var partition = partitions.withLock { $0[range.partition] ?? Partition() }
            // The topic was made anew.
            if partition.next > range.end { partition = Partition() }
            partition.next = max(partition.next, range.earliest)
            partition.waiting = partition.waiting.filter { $0 >= range.earliest }
            for _ in 0..<Self.pages where partition.next < range.end {
                let records = try await log.read(
                    topic: topic, partition: range.partition, from: partition.next, limit: Self.page)
                guard let last = records.last else { break }
                for record in records { note(record, in: &partition) }
                partition.next = last.position.offset + 1
            }
            count += partition.waiting.count
            partitions.withLock { [partition] in $0[range.partition] = partition }
        }
        return count
    }

    private func note(_ record: StoredRecord, in partition: inout Partition) {
        if let redriven = Redrive.markedOffset(record) {
            partition.waiting.remove(redriven)
        } else if partition.waiting.count < Self.most {
            partition.waiting.insert(record.position.offset)
        }
    }
}
