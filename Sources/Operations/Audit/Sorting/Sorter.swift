/// Sorts more than memory holds: as much as it does is sorted and goes to a file, as a run, and in the end the runs are merged.
final class Sorter<Record: SortedRecord> {
    /// Runs that are merged at a time.
    private static var fanIn: Int { 64 }

    private let capacity: Int
    private var waiting: [Record] = []
    private var file: ScratchFile
    private var runs: [Range<Int>] = []

    /// `memory`: bytes of records that are held at a time.
    init(memory: Int = 4 << 20) throws {
        capacity = max(2, memory / MemoryLayout<Record>.stride)
        file = try ScratchFile()
    }

    func add(_ record: Record) throws {
        waiting.append(record)
        if waiting.count == capacity { try endRun() }
    }

    /// All that were added, sorted. To be called once.
    func finish() throws -> SortedFile<Record> {
        try endRun()
        waiting = []
        while runs.count > 1 { try mergeRuns() }
        return SortedFile(file: file, count: runs.first?.count ?? 0)
    }

    private func endRun() throws {
        guard !waiting.isEmpty else { return }
        waiting.sort { $0.precedes($1) }
        let start = runs.last?.upperBound ?? 0
        try file.write(waiting, at: start)
        runs.append(start..<start + waiting.count)
        waiting.removeAll(keepingCapacity: true)
    }

    /// As many runs become one, in a file of their own.
    private func mergeRuns() throws {
        let merged = try ScratchFile()
        var longer: [Range<Int>] = []
        var end = 0
        for first in stride(from: 0, to: runs.count, by: Self.fanIn) {
            let start = end
            var cursors = try runs[first..<min(first + Self.fanIn, runs.count)].map {
                try SortedCursor<Record>(file: file, records: $0)
            }
            while let (next, record) = Self.first(of: cursors) {
                waiting.append(record)
                try cursors[next].advance()
                guard waiting.count == capacity else { continue }
                try merged.write(waiting, at: end)
                end += waiting.count
                waiting.removeAll(keepingCapacity: true)
            }
            try merged.write(waiting, at: end)
            end += waiting.count
            waiting.removeAll(keepingCapacity: true)
            longer.append(start..<end)
        }
        (file, runs) = (merged, longer)
    }

    /// Which of them stands on the first record, and that; nil: all are behind their last one.
    private static func first(of cursors: [SortedCursor<Record>]) -> (index: Int, record: Record)? {
        var found: (index: Int, record: Record)?
        for index in cursors.indices {
            guard let record = cursors[index].current else { continue }
            if let best = found?.record, !record.precedes(best) { continue }
            found = (index, record)
        }
        return found
    }
}
