/// The writes that wait. It says what to do; the writer does it outside its lock.
struct WriteQueue {
    enum Admission {
        case refused(SQLiteError)
        /// The writer comes for it.
        case queued
        /// Queued, and the writer's thread is to be told.
        case queuedAndStart
    }

    private let limits: WriteLimits
    private var waiting: [any PendingWrite] = []
    /// Whether the thread was told and has not yet found the queue empty.
    private var isStarted = false
    private var isClosed = false

    init(_ limits: WriteLimits) {
        self.limits = limits
    }

    var count: Int { waiting.count }

    /// `isRequest`: somebody outside waits for it, and can be told to come again.
    mutating func admit(_ write: any PendingWrite, isRequest: Bool) -> Admission {
        if isClosed { return .refused(.closed) }
        if isRequest, waiting.count >= limits.maximumWaiting { return .refused(.tooManyWaiting) }
        waiting.append(write)
        defer { isStarted = true }
        return isStarted ? .queued : .queuedAndStart
    }

    /// What goes into the next transaction, in the order in which it came, and since when the first has waited. Empty: nothing waits,
    /// and the thread is to be told again.
    mutating func take() -> (writes: [any PendingWrite], since: ContinuousClock.Instant) {
        // Nobody waits for these any more.
        waiting.removeAll { !$0.isAwaited }
        guard let first = waiting.first else {
            isStarted = false
            return ([], .now)
        }
        var room = limits.maximumWeight - first.weight
        var count = 1
        while count < min(waiting.count, limits.maximumWrites), waiting[count].weight <= room {
            room -= waiting[count].weight
            count += 1
        }
        if count == waiting.count {
            defer { waiting = [] }
            return (waiting, first.arrived)
        }
        defer { waiting.removeFirst(count) }
        return (Array(waiting[..<count]), first.arrived)
    }

    /// A transaction is over. `left`: for what there was no time in it; it is first in the next one. True: nothing waits, and the
    /// thread is to be told again.
    mutating func isDone(puttingBack left: ArraySlice<any PendingWrite>) -> Bool {
        if !left.isEmpty { waiting.insert(contentsOf: left, at: 0) }
        isStarted = !waiting.isEmpty
        return !isStarted
    }

    /// Nothing is admitted from now on.
    mutating func close() { isClosed = true }

    /// Everything that waits, for there is no thread that would come for it.
    mutating func giveUp() -> [any PendingWrite] {
        defer { (waiting, isStarted) = ([], false) }
        return waiting
    }
}
