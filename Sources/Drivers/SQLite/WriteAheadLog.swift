/// How much of the write-ahead log is on the disk for sure, as the connection that writes it knows.
struct WriteAheadLog {
    /// As the connection's commits are done now.
    var commit = SQLiteDatabase.Commit.synced
    /// Frames that it holds, as of the last commit.
    var frames = 0
    /// When the first commit was done that is not synced yet; nil: there is none.
    private(set) var unsyncedSince: ContinuousClock.Instant?
    /// A sync has failed. The system takes for written what it should have made sure of, and a sync that succeeds later says
    /// nothing about it.
    private(set) var isDoubtful = false
    /// Whether somebody will look whether it must be synced.
    var isTimed = false
    private var waiting: [@Sendable (Bool) -> Void] = []

    /// All that was committed survives a power cut.
    var isSynced: Bool { unsyncedSince == nil && !isDoubtful }

    /// Calls `body` with true once all that is committed now survives a power cut; with false where a sync fails, or it ends, before.
    mutating func whenSynced(_ body: @escaping @Sendable (Bool) -> Void) {
        if isSynced { body(true) } else { waiting.append(body) }
    }

    mutating func noteUnsynced() { unsyncedSince = unsyncedSince ?? .now }

    mutating func noteSynced() {
        unsyncedSince = nil
        isDoubtful = false
        tell(true)
    }

    mutating func noteFailed() {
        isDoubtful = true
        tell(false)
    }

    /// Nobody will sync it any more.
    mutating func end() { tell(false) }

    private mutating func tell(_ isSynced: Bool) {
        let told = waiting
        waiting = []
        for body in told { body(isSynced) }
    }
}
