package import EventLog

/// Reads stretches of several partitions as one stream in the order of time; within a partition in its own.
package final class LogReader: RecordSource {
    private static let page = 1_000

    private struct Cursor {
        var stretch: LogSelection.Stretch
        var page: [StoredRecord] = []
        var next = 0

        var waiting: Int { page.count - next }
    }

    private let log: any EventLog
    private var cursors: [Cursor]
    /// The timestamp of the record that each cursor is at; the greatest number where it is at its end. Apart, so that to
    /// look for the earliest touches nothing else.
    private var heads: [Int64]

    package init(_ log: any EventLog, _ stretches: [LogSelection.Stretch]) {
        self.log = log
        cursors = stretches.map { Cursor(stretch: $0) }
        heads = stretches.map { _ in .max }
    }

    package var remaining: Int64? {
        cursors.reduce(0) { $0 + max($1.stretch.to - $1.stretch.from, 0) + Int64($1.waiting) }
    }

    /// Where it is: the offset of the next record of each partition.
    package var positions: [LogPosition] {
        cursors.map { cursor in
            let offset = cursor.waiting > 0 ? cursor.page[cursor.next].position.offset : cursor.stretch.from
            return LogPosition(topic: cursor.stretch.topic, partition: cursor.stretch.partition, offset: offset)
        }
    }

    package func next() async throws -> [StoredRecord] {
        var records: [StoredRecord] = []
        records.reserveCapacity(Self.page)
        for index in cursors.indices where cursors[index].waiting == 0 { try await fill(index) }
        while records.count < Self.page {
            // Few partitions: to look at each is quicker than to keep a heap.
            guard let first = heads.indices.min(by: { heads[$0] < heads[$1] }), cursors[first].waiting > 0 else {
                break
            }
            records.append(cursors[first].page[cursors[first].next])
            cursors[first].next += 1
            // A cursor without records may have earlier ones than all others: it is filled first.
            if cursors[first].waiting == 0 { try await fill(first) } else { noteHead(first) }
        }
        return records
    }

    private func noteHead(_ index: Int) {
        heads[index] = cursors[index].waiting > 0 ? cursors[index].page[cursors[index].next].timestamp : .max
    }

    private func fill(_ index: Int) async throws(EventLogError) {
        let stretch = cursors[index].stretch
        (cursors[index].page, cursors[index].next) = ([], 0)
        defer { noteHead(index) }
        guard stretch.from < stretch.to else { return }
        let limit = Int(min(Int64(Self.page), stretch.to - stretch.from))
        let records = try await log.read(
            topic: stretch.topic, partition: stretch.partition, from: stretch.from, limit: limit)
        cursors[index].page = records.filter { $0.position.offset < stretch.to }
        // None where the rest was removed meanwhile.
        cursors[index].stretch.from = cursors[index].page.last.map { $0.position.offset + 1 } ?? stretch.to
    }

    /// Reads on to what the partitions have by now.
    package func extend() async throws(EventLogError) {
        for topic in Set(cursors.map(\.stretch.topic)) {
            let ends = Dictionary(
                try await log.ranges(topic: topic).map { ($0.partition, $0.end) }, uniquingKeysWith: { $1 })
            for index in cursors.indices where cursors[index].stretch.topic == topic {
                cursors[index].stretch.to = ends[cursors[index].stretch.partition] ?? cursors[index].stretch.to
            }
        }
    }
}
