import EventLog

/// A partition's records, page by page.
final class PartitionPages {
    private let log: any EventLog
    private let topic: String
    private let partition: Int32
    private let end: Int64
    private var from: Int64
    private var records: ArraySlice<StoredRecord> = []

    init(_ log: any EventLog, _ topic: String, _ partition: Int32, _ range: PartitionRange) {
        self.log = log
        self.topic = topic
        self.partition = partition
        (from, end) = (range.earliest, range.end)
    }

    func peek() async throws(EventLogError) -> StoredRecord? {
        if records.isEmpty, from < end {
            records = try await log.read(topic: topic, partition: partition, from: from, limit: 500)
                .filter { $0.position.offset < end }[...]
            from = records.last.map { $0.position.offset + 1 } ?? end
        }
        return records.first
    }

    func next() async throws(EventLogError) -> StoredRecord? {
        guard let record = try await peek() else { return nil }
        records = records.dropFirst()
        return record
    }

    /// Whether a record like this one is still to come. Reads on for as long as it is not found.
    func holds(_ record: StoredRecord) async throws(EventLogError) -> Bool {
        while let next = try await next() {
            if next.isSame(as: record) { return true }
        }
        return false
    }

    /// Those at hand; none at the end.
    func page() async throws(EventLogError) -> [StoredRecord] {
        _ = try await peek()
        defer { records = [] }
        return Array(records)
    }
}

/// The records of a while, to tell a repeat from a stranger.
struct RecentRecords {
    private let limit: Int
    private var hashes: [Int] = []
    private var counts: [Int: Int] = [:]
    private var oldest = 0

    init(limit: Int) { self.limit = limit }

    mutating func add(_ record: StoredRecord) {
        let hash = record.contentHash
        counts[hash, default: 0] += 1
        if hashes.count < limit {
            hashes.append(hash)
        } else {
            let gone = hashes[oldest]
            counts[gone] = counts[gone].flatMap { $0 > 1 ? $0 - 1 : nil }
            hashes[oldest] = hash
            oldest = (oldest + 1) % limit
        }
    }

    func holds(_ record: StoredRecord) -> Bool { counts[record.contentHash] != nil }
}

extension StoredRecord {
    /// Whether they differ in nothing but where they stand, and when: a log may want another timestamp than the record's.
    func isSame(as other: StoredRecord) -> Bool {
        key == other.key && value == other.value && headers == other.headers
    }

    var contentHash: Int {
        var hasher = Hasher()
        hasher.combine(key)
        hasher.combine(value)
        hasher.combine(headers)
        return hasher.finalize()
    }
}
