/// What the log's thread has to write. Bounded: what does not fit is dropped and counted, or waits outside.
struct LogBuffer {
    /// What is written in one go.
    struct Chunk {
        /// Lines lost between the chunk before and this one: they could not be written.
        var lostBefore = 0
        /// The chunk before ended inside a line.
        var followsCut = false
        var bytes: [UInt8] = []
        /// Lines dropped behind these bytes, for there was no room.
        var droppedAfter = 0
        /// Called with whether everything was written.
        var waiters: [@Sendable (Bool) -> Void] = []
        /// The format of the last line, for the line that tells of dropped ones.
        var format = LogFormat.text
    }

    /// Lines that must not be dropped, for which there was no room.
    private struct Outside {
        var bytes: [UInt8]
        var waiter: @Sendable (Bool) -> Void
    }

    private let capacity: Int
    /// Lines that were dropped since the start, or could not be written.
    private(set) var dropped = 0
    private var next = Chunk()
    private var outside: [Outside] = []
    private(set) var writerSleeps = false
    /// Whether somebody else writes what there was, while the writer sleeps.
    private(set) var isLent = false
    private var isCut = false
    private var isClosed = false

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Takes a line, or drops it. Answers whether to wake the writer.
    mutating func append(_ line: [UInt8], format: LogFormat) -> Bool {
        guard !isClosed else { return false }
        next.format = format
        // Once one is dropped, all are, until the writer comes: so the count stands where the lines are missing.
        guard next.droppedAfter == 0, outside.isEmpty, fits(line) else {
            next.droppedAfter += 1
            dropped += 1
            return false
        }
        next.bytes += line
        return wake()
    }

    /// Takes whole lines that must not be dropped; `waiter` hears whether they were written. They go in order, and
    /// behind what was taken before. Answers whether to wake the writer, nil when the buffer is closed. `borrows`: the caller asks
    /// `borrow` before long, and the writer may sleep on.
    mutating func append(
        _ lines: [UInt8], borrows: Bool = false, waiter: @escaping @Sendable (Bool) -> Void
    ) -> Bool? {
        guard !isClosed else { return nil }
        if next.droppedAfter == 0, outside.isEmpty, fits(lines) {
            next.bytes += lines
            next.waiters.append(waiter)
        } else {
            outside.append(Outside(bytes: lines, waiter: waiter))
        }
        return !borrows && wake()
    }

    /// What to write now; nil: nothing, the writer sleeps until it is woken, or ends when `isOver`.
    mutating func take() -> Chunk? {
        guard !isLent, let chunk = nextChunk() else {
            writerSleeps = true
            return nil
        }
        return chunk
    }

    /// What to write now, for somebody else who says so when it is done. nil: nothing, or the writer is at it.
    mutating func borrow() -> Chunk? {
        guard writerSleeps, !isLent, let chunk = nextChunk() else { return nil }
        isLent = true
        return chunk
    }

    /// What was borrowed is written. Answers whether to wake the writer.
    mutating func giveBack() -> Bool {
        isLent = false
        return (hasMore || isClosed) && wake()
    }

    /// The writer may end.
    var isOver: Bool { isClosed && !isLent }

    private var hasMore: Bool { !next.bytes.isEmpty || !next.waiters.isEmpty || !outside.isEmpty }

    private mutating func nextChunk() -> Chunk? {
        guard hasMore else { return nil }
        var chunk = next
        chunk.followsCut = isCut
        next = Chunk(format: chunk.format)
        var count = 0
        for lines in outside {
            guard fits(lines.bytes) else { break }
            next.bytes += lines.bytes
            next.waiters.append(lines.waiter)
            count += 1
        }
        outside.removeFirst(count)
        return chunk
    }

    /// A chunk was written, but for so many lines, of which `unwritten` were not counted before. `isCut`: inside of one.
    mutating func wrote(lost lines: Int, unwritten: Int, isCut: Bool) {
        next.lostBefore += lines
        dropped += unwritten
        self.isCut = isCut
    }

    /// Nothing is taken any more. Answers whether to wake the writer.
    mutating func close() -> Bool {
        isClosed = true
        return wake()
    }

    /// Whatever its size it fits an empty buffer, or it never would.
    private func fits(_ lines: [UInt8]) -> Bool {
        next.bytes.isEmpty || lines.count <= capacity - next.bytes.count
    }

    private mutating func wake() -> Bool {
        // Whoever writes meanwhile wakes it then.
        if isLent { return false }
        defer { writerSleeps = false }
        return writerSleeps
    }
}
