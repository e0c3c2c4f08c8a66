internal import CSQLite
internal import Glibc

/// A write-ahead log that gathers frames (`GatheringFiles`). It stands in the memory that SQLite gives for a file: what SQLite sees, what
/// waits, and behind that the system's file.
///
/// The form of a frame is SQLite's, https://sqlite.org/fileformat2.html#the_write_ahead_log: a header of 24 bytes, of which the second four say how
/// large the database is after a commit and are 0 in all frames but a transaction's last, and the page.
struct GatheredLog {
    private struct State {
        var seen: sqlite3_file
        /// Of `capacity` bytes, from when something waits for the first time.
        var buffer: UnsafeMutablePointer<UInt8>?
        /// What waits, from `start` of the file.
        var count: Int
        var start: Int64
        /// The last thing that came is a frame's header, its page comes next.
        var wantsPage: Bool
        /// That frame is the last one of a transaction.
        var isLast: Bool
        /// A transaction is being committed: what comes now comes in one go, and its last frame is among it.
        var isCommit: Bool
        /// Where the last call read; -1: it did something else.
        var readAt: Int64
    }

    private static let headerBytes: Int32 = 24
    /// As many as thirty-one pages of 4 KiB: of one call SQLite's `unixWrite` looks at the lowest 17 bits of the length.
    private static let capacity = 31 * (24 + 4_096)

    /// Of what stands before the system's file.
    static let size = (MemoryLayout<State>.size + 15) & ~15

    private let state: UnsafeMutablePointer<State>
    /// The system's.
    let file: UnsafeMutablePointer<sqlite3_file>

    init(_ seen: UnsafeMutablePointer<sqlite3_file>) {
        let memory = UnsafeMutableRawPointer(seen)
        state = memory.assumingMemoryBound(to: State.self)
        file = (memory + Self.size).assumingMemoryBound(to: sqlite3_file.self)
    }

    /// The log of a connection; nil: it has none, or not one of these.
    init?(of connection: OpaquePointer) {
        guard let seen = csqlite_log(connection), seen.pointee.pMethods == Self.methods else { return nil }
        self.init(seen)
    }

    /// Once the system's file is open.
    func begin() {
        state.initialize(
            to: State(
                seen: sqlite3_file(pMethods: Self.methods), buffer: nil, count: 0, start: 0, wantsPage: false,
                isLast: false, isCommit: false,
                readAt: -1))
    }

    /// A transaction will be committed next. What was written of it before is in the file.
    func beginCommit() { state.pointee.isCommit = true }

    /// The commit is over, or came to nothing: what waits is forgotten, and what comes until the next one is not gathered.
    func endCommit() {
        state.pointee.count = 0
        state.pointee.wantsPage = false
        state.pointee.isCommit = false
    }

    private var system: sqlite3_io_methods { file.pointee.pMethods.pointee }

    private func write(_ bytes: UnsafeRawPointer, _ count: Int32, at offset: Int64) -> Int32 {
        // SQLite reads a frame that is there to write its header once more: no page follows.
        let isAgain = offset == state.pointee.readAt
        state.pointee.readAt = -1
        if state.pointee.isCommit, count == Self.headerBytes, !isAgain {
            let code = makeRoom(for: Int(count) + 4_096, at: offset)
            guard code == SQLITE_OK else { return code }
            append(bytes, Int(count))
            state.pointee.wantsPage = true
            state.pointee.isLast = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self) != 0
            return SQLITE_OK
        }
        if state.pointee.wantsPage, offset == end, state.pointee.count + Int(count) <= Self.capacity {
            append(bytes, Int(count))
            state.pointee.wantsPage = false
            guard state.pointee.isLast else { return SQLITE_OK }
            let code = flush()
            endCommit()
            return code
        }
        // A page that is larger than the room for it.
        let isEnd = state.pointee.wantsPage && state.pointee.isLast && offset == end
        let code = flush()
        if isEnd { endCommit() }
        return code == SQLITE_OK ? system.xWrite(file, bytes, count, offset) : code
    }

    private var end: Int64 { state.pointee.start + Int64(state.pointee.count) }

    /// What waits goes first where the new does not follow it, or finds no room.
    private func makeRoom(for count: Int, at offset: Int64) -> Int32 {
        if state.pointee.count > 0, offset != end || state.pointee.count + count > Self.capacity {
            let code = flush()
            guard code == SQLITE_OK else { return code }
        }
        if state.pointee.count == 0 { state.pointee.start = offset }
        return SQLITE_OK
    }

    private func append(_ bytes: UnsafeRawPointer, _ count: Int) {
        let buffer = state.pointee.buffer ?? .allocate(capacity: Self.capacity)
        state.pointee.buffer = buffer
        memcpy(buffer + state.pointee.count, bytes, count)
        state.pointee.count += count
    }

    /// Writes what waits. After a failure it is gone: SQLite rolls the transaction back.
    private func flush() -> Int32 {
        guard state.pointee.count > 0, let buffer = state.pointee.buffer else { return SQLITE_OK }
        let count = Int32(state.pointee.count)
        state.pointee.count = 0
        state.pointee.wantsPage = false
        return system.xWrite(file, buffer, count, state.pointee.start)
    }

    /// What waits goes first.
    private func then(_ call: (UnsafeMutablePointer<sqlite3_file>, sqlite3_io_methods) -> Int32) -> Int32 {
        state.pointee.readAt = -1
        let code = flush()
        return code == SQLITE_OK ? call(file, system) : code
    }

    private func close() -> Int32 {
        // What waits belongs to no transaction that was committed.
        state.pointee.buffer?.deallocate()
        state.pointee.buffer = nil
        endCommit()
        return system.xClose(file)
    }

    // MARK: What SQLite calls

    nonisolated(unsafe) private static let methods: UnsafePointer<sqlite3_io_methods> = {
        var methods = sqlite3_io_methods()
        methods.iVersion = 1
        methods.xClose = { file in log(file) { $0.close() } }
        methods.xRead = { file, bytes, count, offset in
            log(file) { log in
                let code = log.then { $1.xRead($0, bytes, count, offset) }
                log.state.pointee.readAt = offset
                return code
            }
        }
        methods.xWrite = { file, bytes, count, offset in
            log(file) { log in bytes.map { log.write($0, count, at: offset) } ?? SQLITE_MISUSE }
        }
        methods.xTruncate = { file, size in log(file) { $0.then { $1.xTruncate($0, size) } } }
        methods.xSync = { file, flags in log(file) { $0.then { $1.xSync($0, flags) } } }
        methods.xFileSize = { file, size in log(file) { $0.then { $1.xFileSize($0, size) } } }
        methods.xLock = { file, level in log(file) { $0.then { $1.xLock($0, level) } } }
        methods.xUnlock = { file, level in log(file) { $0.then { $1.xUnlock($0, level) } } }
        methods.xCheckReservedLock = { file, answer in log(file) { $0.then { $1.xCheckReservedLock($0, answer) } } }
        // It asks for the last error, too, and that of a write must not be hidden by another.
        methods.xFileControl = { file, code, argument in log(file) { $0.system.xFileControl($0.file, code, argument) } }
        methods.xSectorSize = { file in log(file) { $0.system.xSectorSize($0.file) } }
        methods.xDeviceCharacteristics = { file in log(file) { $0.system.xDeviceCharacteristics($0.file) } }
        let kept = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        kept.initialize(to: methods)
        return UnsafePointer(kept)
    }()

    /// SQLite never passes none.
    private static func log(_ file: UnsafeMutablePointer<sqlite3_file>?, _ call: (GatheredLog) -> Int32) -> Int32 {
        file.map { call(GatheredLog($0)) } ?? SQLITE_MISUSE
    }
}
