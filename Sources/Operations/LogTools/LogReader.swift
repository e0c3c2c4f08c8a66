package import EventLog

/// Reads stretches of several partitions as one stream in the order of time; within a partition in its own.
package final class LogReader {
    private static let page = 1_000

    private struct Cursor {
        var stretch: LogSelection.Stretch
        var page: ArraySlice<StoredRecord> = []
        var isAtEnd: Bool { page.isEmpty && stretch.from >= stretch.to }
    }

    private let log: any EventLog
    private var cursors: [Cursor]

    package init(_ log: any EventLog, _ stretches: [LogSelection.Stretch]) {
        self.log = log
        cursors = stretches.map { Cursor(stretch: $0) }
    }

    /// So many records lie before its end.
    package var remaining: Int64 {
        cursors.reduce(0) { $0 + max($1.stretch.to - $1.stretch.from, 0) + Int64($1.page.count) }
    }

    /// The next records, up to a thousand; empty at the end.
    package func next() async throws(EventLogError) -> [StoredRecord] {
        var records: [StoredRecord] = []
        while records.count < Self.page {
            for index in cursors.indices where cursors[index].page.isEmpty { try await fill(index) }
            // Few partitions: to look at each is quicker than to keep a heap.
            var first: Int?
            for index in cursors.indices {
                guard let candidate = cursors[index].page.first else { continue }
                if let known = first.flatMap({ cursors[$0].page.first }), known.timestamp <= candidate.timestamp {
                    continue
                }
                first = index
            }
            guard let first else { break }
            records.append(cursors[first].page.removeFirst())
        }
        return records
    }

    private func fill(_ index: Int) async throws(EventLogError) {
        let stretch = cursors[index].stretch
        guard stretch.from < stretch.to else { return }
        let limit = Int(min(Int64(Self.page), stretch.to - stretch.from))
        let records = try await log.read(
            topic: stretch.topic, partition: stretch.partition, from: stretch.from, limit: limit)
        let wanted = records.filter { $0.position.offset < stretch.to }
        cursors[index].page = wanted[...]
        // None where the rest was removed meanwhile.
        cursors[index].stretch.from = wanted.last.map { $0.position.offset + 1 } ?? stretch.to
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
