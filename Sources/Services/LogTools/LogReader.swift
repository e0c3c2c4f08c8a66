package import EventLog
import Timestamps

/// Reads stretches of several partitions as one stream in the order of time; within a partition in its own. While one page
/// of a partition is used, the next is read.
package final class LogReader: RecordSource {
    private static let page = 500
    /// About what the records that `next` answers may take in memory.
    private static let enough = 4 << 20

    private struct Cursor {
        var stretch: LogSelection.Stretch
        var page: [StoredRecord] = []
        var next = 0
        /// The page behind this one, on its way. Its end is that of the stretch when it was asked for.
        var ahead: Task<Result<[StoredRecord], EventLogError>, Never>?

        var waiting: Int { page.count - next }
    }

    package let log: any EventLog
    private var cursors: [Cursor]
    /// When that happened, in milliseconds, which each cursor is at; the greatest number where it is at its end. Apart, so that to
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

    package func next() async throws -> [StoredRecord] {
        var records: [StoredRecord] = []
        records.reserveCapacity(2 * Self.page)
        var size = 0
        for index in cursors.indices where cursors[index].waiting == 0 { readAhead(index) }
        for index in cursors.indices where cursors[index].waiting == 0 { try await fill(index) }
        while records.count < 2 * Self.page, size < Self.enough {
            // Few partitions: to look at each is quicker than to keep a heap.
            guard let first = heads.indices.min(by: { heads[$0] < heads[$1] }), cursors[first].waiting > 0 else {
                break
            }
            let record = cursors[first].page[cursors[first].next]
            size += record.size
            records.append(record)
            cursors[first].next += 1
            // A cursor without records may have earlier ones than all others: it is filled first.
            if cursors[first].waiting > 0 {
                noteHead(first)
                continue
            }
            // What is at hand is not lost with an error, which comes again when it is asked for the rest.
            do throws(EventLogError) { try await fill(first) } catch { break }
        }
        return records
    }

    /// What `next` has not answered yet, for another reader to go on there.
    package var rest: [LogSelection.Stretch] {
        cursors.map { cursor in
            var stretch = cursor.stretch
            if cursor.waiting > 0 { stretch.from = cursor.page[cursor.next].position.offset }
            return stretch
        }
    }

    private func noteHead(_ index: Int) {
        heads[index] =
            cursors[index].waiting > 0
            ? min(cursors[index].page[cursors[index].next].time.milliseconds, .max - 1) : .max
    }

    private func readAhead(_ index: Int) {
        let stretch = cursors[index].stretch
        guard cursors[index].ahead == nil, stretch.from < stretch.to else { return }
        let limit = Int(min(Int64(Self.page), stretch.to - stretch.from))
        let log = log
        cursors[index].ahead = Task {
            do throws(EventLogError) {
                return .success(
                    try await log.read(
                        topic: stretch.topic, partition: stretch.partition, from: stretch.from, limit: limit))
            } catch {
                return .failure(error)
            }
        }
    }

    private func fill(_ index: Int) async throws(EventLogError) {
        (cursors[index].page, cursors[index].next) = ([], 0)
        defer { noteHead(index) }
        readAhead(index)
        guard let ahead = cursors[index].ahead.take() else { return }
        let to = cursors[index].stretch.to
        let page = try await ahead.value.get().filter { $0.position.offset < to }
        cursors[index].page = page
        // None where the rest was removed meanwhile.
        cursors[index].stretch.from = page.last.map { $0.position.offset + 1 } ?? to
        readAhead(index)
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
