import EventLog
import LogTools

/// One partition as a page reads it, piece by piece, from a place on or back from it. What is read and not taken yet is held.
struct PartitionCursor: Sendable {
    /// Records of one piece at the most, and at the beginning: nobody knows yet how large they are.
    private static let mostRecords: Int64 = 500
    private static let firstRecords: Int64 = 16
    /// A piece of more bytes than this is read again as a smaller one: backwards nothing of it can be shown before all of it is read.
    private static let mostBytes = 2 << 20
    /// Of less than this the next one may be larger.
    private static let fewBytes = 256 << 10

    let range: PartitionRange
    let direction: LogPage.Direction
    /// Where the next page goes on. On: the offset of the first record that was not taken. Back: the one behind the first.
    private(set) var place: Int64
    /// What was read reaches so far.
    private var readTo: Int64
    /// Those to be taken, the next one last.
    private var held: [LogRow] = []
    private var pieceSize = firstRecords
    /// Bytes that were read.
    private(set) var bytes = 0

    /// `place`: beyond what the partition has it counts as its end.
    init(_ range: PartitionRange, _ direction: LogPage.Direction, from place: Int64) {
        self.range = range
        self.direction = direction
        let within = min(max(place, range.earliest), range.end)
        (self.place, readTo) = (within, within)
    }

    var next: LogRow? { held.last }

    /// Whether there is nothing more in this direction.
    var isAtEnd: Bool { held.isEmpty && hasReadAll }
    private var hasReadAll: Bool { direction == .on ? readTo >= range.end : readTo <= range.earliest }
    var mustRead: Bool { held.isEmpty && !hasReadAll }

    mutating func take() -> LogRow {
        let row = held.removeLast()
        place = held.isEmpty ? readTo : row.position.offset + (direction == .on ? 1 : 0)
        return row
    }

    /// Reads a piece. Afterwards something is held, or there may be more to read: where records were removed a piece is empty.
    mutating func read(_ log: any EventLog, _ selection: LogSelection) async throws(EventLogError) {
        switch direction {
        case .on: try await readOn(log, selection)
        case .back: try await readBack(log, selection)
        }
        if held.isEmpty { place = readTo }
    }

    private mutating func readOn(_ log: any EventLog, _ selection: LogSelection) async throws(EventLogError) {
        let records = try await log.read(
            topic: selection.topics[0], partition: range.partition, from: readTo,
            limit: Int(min(pieceSize, range.end - readTo)))
        let own = records.filter { $0.position.offset < range.end }
        readTo = own.last.map { $0.position.offset + 1 } ?? range.end
        hold(own.reversed(), selection)
        pieceSize = min(pieceSize * 4, Self.mostRecords)
    }

    private mutating func readBack(_ log: any EventLog, _ selection: LogSelection) async throws(EventLogError) {
        while true {
            let start = max(range.earliest, readTo - pieceSize)
            var piece: [StoredRecord] = []
            var size = 0
            var offset = start
            while offset < readTo, size <= Self.mostBytes {
                let records = try await log.read(
                    topic: selection.topics[0], partition: range.partition, from: offset, limit: Int(readTo - offset))
                guard let last = records.last else { break }
                size += records.reduce(0) { $0 + $1.size }
                piece += records.filter { $0.position.offset < readTo }
                offset = last.position.offset + 1
            }
            if size > Self.mostBytes, offset < readTo, pieceSize > 1 {
                bytes += size
                pieceSize = max(1, pieceSize / 8)
                continue
            }
            readTo = start
            hold(piece, selection)
            if size < Self.fewBytes { pieceSize = min(pieceSize * 4, Self.mostRecords) }
            return
        }
    }

    private mutating func hold(_ records: [StoredRecord], _ selection: LogSelection) {
        bytes += records.reduce(0) { $0 + $1.size }
        held = records.map { LogRow($0, selected: selection.matches($0)) }
    }
}
