import Identifiers
import Timestamps

/// What the deliverer holds in memory: notifications that were stored as claimed by it, and what became of those that it
/// sent. Decides, and does nothing.
struct InHand {
    /// Notifications in all. A batch of 500 events makes up to 1,000.
    static let room = 1_024
    /// What waits longer for its turn is given back: a claim must outlast the sending.
    static let freshFor: Duration = .seconds(2)
    /// A sender that takes longer for a batch gets no more than it has: another replica may be quicker.
    static let quick: Duration = .milliseconds(100)
    /// How long what was sent waits to be noted by the next transaction that receives events.
    static let noteAfter: Duration = .milliseconds(20)

    enum Step: Equatable {
        case send([Notification])
        /// They have waited for too long, and all behind them.
        case giveBack([Notification])
        case note
        case claim
        /// nil: until it is woken.
        case wait(Duration?)
    }

    private var ready: [(notification: Notification, claimed: ContinuousClock.Instant)] = []
    private var bytes = 0
    private var finished: [Delivery] = []
    private var finishedSince: ContinuousClock.Instant?
    private var sendingSince: ContinuousClock.Instant?
    private var isReceiving = false
    private(set) var isStopping = false
    /// Counts what may have made something due in the database that is not in hand; and how far all of it was claimed.
    private var queued = 1
    private var claimed = 0
    /// When something will be due that is not due now.
    private var nextDue: Timestamp?
    private var lookedAt: ContinuousClock.Instant?

    // MARK: Receiving

    /// Whether more events may come: nothing waits for its turn here, nor in the database. What is stored ahead of that has to be
    /// claimed, by transactions that wait for those which store more, and so the backlog only moves from the log to the database.
    var hasTimeForMore: Bool { isStopping || (hasCaughtUp && ready.isEmpty) }

    /// For a transaction that stores notifications: how many of them are claimed at once, and what it is to note of others. None
    /// are claimed while earlier ones may be queued: they would be sent before those.
    /// `isPaused`: its server is away, or may not be asked for more.
    mutating func beginReceiving(
        isPaused: Bool = false, at now: ContinuousClock.Instant
    ) -> (room: ClaimRoom, finished: [Delivery]) {
        let mayClaim = !isReceiving && hasCaughtUp && !isStopping && !isSlow(at: now) && !isPaused
        // What has been sent goes into this very transaction.
        let room = ClaimRoom(count: Self.room - ready.count, bytes: ClaimSize.bytes - bytes)
        isReceiving = true
        return (mayClaim ? room : ClaimRoom(), takeFinished())
    }

    /// Whether the sender has been busy with a batch for long.
    func isSlow(at now: ContinuousClock.Instant) -> Bool { sendingSince.map { now - $0 > Self.quick } ?? false }

    /// It is committed. `begun`: before it began.
    mutating func received(_ notifications: [Notification], hasMore: Bool, begun: ContinuousClock.Instant) {
        isReceiving = false
        ready += notifications.map { ($0, begun) }
        bytes += notifications.reduce(0) { $0 + $1.size }
        if hasMore { queued += 1 }
    }

    /// It failed, as far as is known. What it may have claimed all the same is found when that claim ends.
    mutating func receivingFailed(_ unnoted: [Delivery]) {
        isReceiving = false
        putBack(unnoted)
        queued += 1
    }

    // MARK: Delivering

    /// What to do now. `pause`: how long nothing may be sent. `lookEvery`: how often to look for what others left.
    mutating func next(
        limit: Int, pause: Duration? = nil, lookEvery: Duration?, at now: ContinuousClock.Instant, _ time: Timestamp
    ) -> Step {
        if let due = nextDue, due <= time {
            nextDue = nil
            queued += 1
        }
        if let lookEvery, lookedAt.map({ now - $0 >= lookEvery }) ?? true {
            lookedAt = now
            queued += 1
        }
        if let since = finishedSince, now - since >= Self.noteAfter { return .note }
        if let first = ready.first {
            guard now - first.claimed <= Self.freshFor else { return .giveBack(takeAll()) }
            if pause == nil {
                let batch = ready.prefix(limit).map(\.notification)
                ready.removeFirst(batch.count)
                bytes -= batch.reduce(0) { $0 + $1.size }
                return .send(batch)
            }
        }
        if !hasCaughtUp, pause == nil { return .claim }
        let waits = [
            finishedSince.map { Self.noteAfter - (now - $0) },
            nextDue.map { .milliseconds(max($0.milliseconds - time.milliseconds, 1)) },
            ready.first.map { Self.freshFor - (now - $0.claimed) + .milliseconds(1) },
            hasCaughtUp && ready.isEmpty ? nil : pause,
            lookEvery,
        ]
        return .wait(waits.compactMap(\.self).min())
    }

    mutating func beginSending(at now: ContinuousClock.Instant) { sendingSince = now }

    mutating func sent(_ deliveries: [Delivery]) {
        if finishedSince == nil { finishedSince = sendingSince }
        sendingSince = nil
        finished += deliveries
        for case .retry(let at) in deliveries.map(\.outcome) { nextDue = min(nextDue ?? at, at) }
    }

    mutating func takeFinished() -> [Delivery] {
        defer {
            finished = []
            finishedSince = nil
        }
        return finished
    }

    /// What could not be noted.
    mutating func putBack(_ deliveries: [Delivery]) {
        guard !deliveries.isEmpty else { return }
        finished = deliveries + finished
        finishedSince = finishedSince ?? .now
    }

    // MARK: Claiming

    /// Something was queued, or may have been.
    mutating func noteQueued() { queued += 1 }

    /// Whether nothing is due in the database that is not in hand.
    var hasCaughtUp: Bool { queued == claimed }

    /// Before it is claimed what is due; `claimedAll` gets the answer.
    var mark: Int { queued }

    /// Nothing more was due. `nextDue`: what the database says of later ones.
    mutating func claimedAll(_ mark: Int, nextDue: Timestamp?) {
        claimed = mark
        self.nextDue = [self.nextDue, nextDue].compactMap(\.self).min()
    }

    // MARK: The end

    mutating func stop() { isStopping = true }

    mutating func takeAll() -> [Notification] {
        defer {
            ready = []
            bytes = 0
            queued += 1
        }
        return ready.map(\.notification)
    }
}
