import Identifiers

/// Sorted records in a file, to be gone through or looked up.
struct SortedFile<Record: SortedRecord>: Sendable {
    let file: ScratchFile
    let count: Int

    func cursor() throws -> SortedCursor<Record> { try SortedCursor(file: file, records: 0..<count) }

    /// Calls `body` with all of them, some at a time.
    func forEachPage(_ body: ([Record]) async throws -> Void) async throws {
        for start in stride(from: 0, to: count, by: 1_000) {
            try await body(try file.records(start..<min(start + 1_000, count), of: Record.self))
        }
    }

    /// The records of a key.
    func find(_ key: Identifier) throws -> [Record] {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if try file.records(middle..<middle + 1, of: Record.self)[0].key < key {
                low = middle + 1
            } else {
                high = middle
            }
        }
        var cursor = try SortedCursor<Record>(file: file, records: low..<count, atATime: 4)
        return try cursor.take(key)
    }
}

/// Goes through sorted records, a block of them in memory.
struct SortedCursor<Record: SortedRecord> {
    /// What is read at a time, in bytes.
    private static var block: Int { 64 << 10 }

    private let file: ScratchFile
    private let atATime: Int
    private var rest: Range<Int>
    private var read: [Record] = []
    private var place = 0
    /// Where it stands; nil: behind the last one.
    private(set) var current: Record?

    init(file: ScratchFile, records: Range<Int>, atATime: Int = Self.block / MemoryLayout<Record>.stride) throws {
        self.file = file
        self.atATime = atATime
        rest = records
        try advance()
    }

    mutating func advance() throws {
        place += 1
        if place >= read.count {
            let next = rest.lowerBound..<min(rest.lowerBound + atATime, rest.upperBound)
            read = try file.records(next, of: Record.self)
            rest = next.upperBound..<rest.upperBound
            place = 0
        }
        current = place < read.count ? read[place] : nil
    }

    /// The records of a key, which is no smaller than that of the one where it stands; it goes on behind them.
    mutating func take(_ key: Identifier) throws -> [Record] {
        var found: [Record] = []
        while let record = current, record.key == key {
            found.append(record)
            try advance()
        }
        return found
    }
}

extension ScratchFile {
    /// `place`: how many records stand before them.
    func write<Record: SortedRecord>(_ records: [Record], at place: Int) throws {
        try records.withUnsafeBytes { try write($0, at: place * MemoryLayout<Record>.stride) }
    }

    func records<Record: SortedRecord>(_ range: Range<Int>, of type: Record.Type) throws -> [Record] {
        try [Record](unsafeUninitializedCapacity: range.count) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
            try read(into: bytes, at: range.lowerBound * MemoryLayout<Record>.stride)
            count = range.count
        }
    }
}
