internal import Deadlines
internal import SharedWork

/// A write that waits for a transaction of the writer's.
protocol PendingWrite: AnyObject, Sendable {
    /// What its commit has to be; that of a transaction is synced where one of its writes' is.
    var commit: SQLiteDatabase.Commit { get }
    /// What it counts against the limit of a transaction.
    var weight: Int { get }
    /// To be asked before it is run for the first time. False: nobody waits for it any more.
    func begin() -> Bool
    /// When it came.
    var arrived: ContinuousClock.Instant { get }
    /// Whether somebody waits for it still.
    var isAwaited: Bool { get }
    /// Runs it in the transaction that is open, as often as it takes, and keeps its result. Throws what it throws.
    func run(in connection: SQLiteConnection) throws
    /// What of it whoever follows its request is told; nil: nobody does.
    var part: SharedWork.Part? { get }
    /// Tells whoever waits what it came to: the error, or the result of the last run.
    func end(_ error: (any Error)?)
}

/// Sendable: `result` is used by whoever has the writing connection, one thread at a time.
final class Write<T: Sendable>: PendingWrite, @unchecked Sendable {
    typealias Answer = PendingAnswer<Result<T, any Error>>

    let commit: SQLiteDatabase.Commit
    let weight: Int
    let arrived = ContinuousClock.now
    private let body: @Sendable (SQLiteConnection) throws -> T
    private let committed: (@Sendable (T) -> Void)?
    private let answer: Answer
    private var result: T?
    private(set) var part = SharedWork.Part.ofThisRequest()

    init(
        _ commit: SQLiteDatabase.Commit, weight: Int, committed: (@Sendable (T) -> Void)?, _ answer: Answer,
        _ body: @escaping @Sendable (SQLiteConnection) throws -> T
    ) {
        self.commit = commit
        self.weight = weight
        self.committed = committed
        self.answer = answer
        self.body = body
    }

    func begin() -> Bool { answer.begin() }

    var isAwaited: Bool { answer.isAwaited }

    func run(in connection: SQLiteConnection) throws {
        result = nil
        result = try body(connection)
    }

    func end(_ error: (any Error)?) {
        if let error {
            part?.hasFailed = true
            return answer.give(.failure(error))
        }
        guard let result else { preconditionFailure("a write ended well without having run") }
        committed?(result)
        answer.give(.success(result))
    }
}
