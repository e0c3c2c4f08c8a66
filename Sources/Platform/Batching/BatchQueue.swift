internal import Deadlines
internal import SharedWork

/// The requests that wait and the workers that fetch them. It says what to do; the batcher does it outside its lock.
struct BatchQueue<Request: Sendable, Outcome: Sendable> {
    struct Entry: Sendable {
        let request: Request
        let weight: Int
        /// Told to whoever follows the request; nil: nobody does.
        let part: SharedWork.Part?
        let answer: PendingAnswer<Result<Outcome, BatcherFull>>
    }

    enum Admission {
        case refused(BatcherFull)
        /// A worker will come for it.
        case queued
        /// Queued, and the caller is to start a worker.
        case queuedAndStart
    }

    private let limits: BatcherLimits
    private(set) var waiting: [Entry] = []
    /// Workers that were started and have not finished: each has a batch in flight or is about to take one.
    private var workers = 0
    /// Whether a worker was started that has taken nothing yet. Until it has, what arrives will come along with it, and
    /// another is not needed.
    private var isStarting = false
    private var isClosed = false
    private var closers: [UnsafeContinuation<Void, Never>] = []

    init(limits: BatcherLimits) {
        self.limits = limits
    }

    mutating func admit(_ entry: Entry) -> Admission {
        if isClosed { return .refused(.closed) }
        if waiting.count >= limits.maximumWaiting { return .refused(.full) }
        waiting.append(entry)
        return reserveWorker() ? .queuedAndStart : .queued
    }

    /// The next batch, empty when another worker was quicker; and whether to start another worker for the rest.
    mutating func take() -> (batch: [Entry], startAnother: Bool) {
        isStarting = false
        // Nobody waits for these any more.
        waiting.removeAll { !$0.answer.isAwaited }
        let count = countOfNextBatch()
        let batch: [Entry]
        if count == waiting.count {
            batch = waiting
            waiting = []
        } else {
            batch = Array(waiting[..<count])
            waiting.removeFirst(count)
        }
        return (batch, reserveWorker())
    }

    /// A worker's batch is finished. When nothing waits it is done; the last one answers who waits for `close`.
    mutating func finish() -> (isDone: Bool, closers: [UnsafeContinuation<Void, Never>]) {
        guard waiting.isEmpty else { return (false, []) }
        workers -= 1
        guard workers == 0, isClosed else { return (true, []) }
        defer { closers = [] }
        return (true, closers)
    }

    /// Whether nothing is in flight; otherwise `closer` is kept until it is so.
    mutating func close(_ closer: UnsafeContinuation<Void, Never>) -> Bool {
        isClosed = true
        guard workers > 0 else { return true }
        closers.append(closer)
        return false
    }

    private mutating func reserveWorker() -> Bool {
        guard !waiting.isEmpty, !isStarting, workers < limits.concurrency else { return false }
        workers += 1
        isStarting = true
        return true
    }

    private func countOfNextBatch() -> Int {
        guard let first = waiting.first else { return 0 }
        var room = limits.maximumWeight - first.weight
        var count = 1
        while count < min(waiting.count, limits.maximumRequests), waiting[count].weight <= room {
            room -= waiting[count].weight
            count += 1
        }
        return count
    }
}
