import Identifiers
import Pacing
import Synchronization
import Telemetry
import Timestamps
import Tracing

/// One sender's messages on their way: its queue, its pace, and whether its server is worth asking. What stands in one lane holds up no other.
final class Lane: Sendable {
    /// Seconds. Longer than a sender may take for a batch.
    static let claim: Int64 = 30
    /// Of a database that replicas share: how often to look for what they left, for one may have died before it delivered.
    private static let lookForOthers: Duration = .seconds(2)

    private struct State {
        var inHand = InHand()
        var breaker = CircuitBreaker()
        var rate: SendingRate?

        /// How long nothing may be sent.
        func pause(at now: ContinuousClock.Instant) -> Duration? {
            [breaker.pause(at: now), rate?.pause(at: now)].compactMap(\.self).max()
        }
    }

    let sender: any NotificationSender
    private let store: any NotificationStore
    private let standing: (any MessageStanding)?
    private let isShared: Bool
    private let owner: Identifier
    private let tracer: Tracer
    private let figures: DeliveryFigures
    private let logger: Logger
    /// A server may refuse each of many messages, or of each batch some.
    private let refused: Recurring
    private let partly: Recurring
    private let state: Mutex<State>
    private let wakeUp = WakeUp()
    /// Nothing may wait for its turn any more; given to whoever waits to receive.
    private let hasTime: WakeUp
    private let task = BackgroundTask()

    init(
        _ sender: any NotificationSender, store: any NotificationStore, standing: (any MessageStanding)?,
        isShared: Bool, owner: Identifier,
        tracer: Tracer, figures: DeliveryFigures, logger: Logger, hasTime: WakeUp
    ) {
        self.sender = sender
        self.store = store
        self.standing = standing
        self.isShared = isShared
        self.owner = owner
        self.tracer = tracer
        self.figures = figures
        self.logger = logger
        refused = Recurring(logger, .warning, "a notification could not be sent; it is tried again")
        partly = Recurring(
            logger, .warning, "a server has not taken all that it was handed; the rest is tried again")
        self.hasTime = hasTime
        state = Mutex(State(rate: sender.perSecond.map { SendingRate(perSecond: $0) }))
    }

    func start() {
        task.start(on: "deliverer") { await self.run() }
    }

    /// Something was queued.
    func wake() {
        state.withLock { $0.inHand.noteQueued() }
        wakeUp.signal()
    }

    // MARK: Receiving

    /// Whether more events may come; a lane that is slow or waits for its server holds up nobody.
    var hasTimeForMore: Bool {
        let now = ContinuousClock.now
        return state.withLock { $0.inHand.hasTimeForMore || $0.inHand.isSlow(at: now) || $0.pause(at: now) != nil }
    }

    func beginReceiving(at now: ContinuousClock.Instant) -> (room: ClaimRoom, finished: [Delivery]) {
        state.withLock { state in
            let isPaused = state.breaker.isOpen || state.rate?.pause(at: now) != nil
            return state.inHand.beginReceiving(isPaused: isPaused, at: now)
        }
    }

    func received(_ notifications: [Notification], hasMore: Bool, begun: ContinuousClock.Instant) {
        state.withLock { $0.inHand.received(notifications, hasMore: hasMore, begun: begun) }
        wakeUp.signal()
    }

    func receivingFailed(_ unnoted: [Delivery]) {
        state.withLock { $0.inHand.receivingFailed(unnoted) }
        wakeUp.signal()
    }

    // MARK: The end

    /// Ends after the batch in hand; gives back what else it has claimed.
    func stop() async {
        state.withLock { $0.inHand.stop() }
        wakeUp.signal()
        await task.ended()
        await tryLast { try await self.note() }
        let left = state.withLock { $0.inHand.takeAll() }
        await tryLast { try await self.store.giveBack(left.map(\.id), by: self.owner) }
    }

    private func tryLast(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            logger.warning(
                "what was sent or claimed could not be noted; it is when its claim ends", ["error": "\(error)"])
        }
    }

    var isStopping: Bool { state.withLock(\.inHand.isStopping) }
    /// Whether all that was due is in hand.
    var hasCaughtUp: Bool { state.withLock(\.inHand.hasCaughtUp) }

    // MARK: Delivering

    private func run() async {
        let outage = Outage(
            logger, gone: "notifications can't be read or marked for now",
            back: "notifications can be read and marked again")
        var backoff = Backoff()
        while !isStopping {
            do {
                try await step()
                backoff.reset()
                outage.works()
            } catch {
                outage.failed("\(error)")
                state.withLock { $0.inHand.noteQueued() }
                await wakeUp.wait(atMost: backoff.next())
            }
        }
    }

    private func step() async throws {
        let now = ContinuousClock.now
        let (step, limit) = state.withLock { state in
            let limit = min(
                sender.batch, state.breaker.limit ?? .max, max(state.rate?.allowed(at: now) ?? .max, 1))
            let step = state.inHand.next(
                limit: limit, pause: state.pause(at: now), lookEvery: isShared ? Self.lookForOthers : nil, at: now,
                Timestamp.now())
            return (step, limit)
        }
        if hasTimeForMore { hasTime.signal() }
        switch step {
        case .send(let notifications): await deliver(notifications)
        case .giveBack(let late): try await store.giveBack(late.map(\.id), by: owner)
        case .note: try await note()
        case .claim: try await claim(limit)
        case .wait(nil): await wakeUp.wait()
        case .wait(let time?): await wakeUp.wait(atMost: time)
        }
    }

    /// What is queued and due.
    private func claim(_ limit: Int) async throws {
        let mark = state.withLock(\.inHand.mark)
        // Beside it, also on the deliverer's thread, which would do the one after the other.
        async let noted: Void = withTaskExecutorPreference(globalConcurrentExecutor) { try await note() }
        let claimed = try await store.claim(sender.channels, by: owner, for: Self.claim, limit: limit)
        // What is claimed is sent, also where the notes have to wait.
        if !claimed.isEmpty { await deliver(claimed) }
        try await noted
        guard claimed.isEmpty else { return }
        // By a clock of the database that lags behind, what is due by ours may not be.
        let nextDue = try await store.nextDue(sender.channels).map {
            max($0, Timestamp.now().advanced(bySeconds: 0.01))
        }
        state.withLock { $0.inHand.claimedAll(mark, nextDue: nextDue) }
    }

    private func note() async throws {
        let finished = state.withLock { $0.inHand.takeFinished() }
        guard !finished.isEmpty else { return }
        do {
            try await store.finish(finished, by: owner)
        } catch {
            state.withLock { $0.inHand.putBack(finished) }
            throw error
        }
    }

    private func deliver(_ notifications: [Notification]) async {
        let begun = ContinuousClock.now
        state.withLock { state in
            state.inHand.beginSending(at: begun)
            state.rate?.take(notifications.count, at: begun)
        }
        var spans = tracer.beginShared("send message", .client) {
            notifications.map { TraceContext.recorded($0.traceparent) }
        }
        spans?.setEach { place, span in
            span.set("orderlog.channel", notifications[place].channel.rawValue)
            span.set("orderlog.notification.id", notifications[place].id.description)
            span.set("orderlog.notification.type", notifications[place].kind.rawValue)
        }
        figures.sizes.observe(Double(notifications.count))
        let failures = await sender.send(notifications)
        spans?.end { failures[$0]?.message }
        let now = Timestamp.now()
        let (change, isOpen) = state.withLock { ($0.breaker.note(failures, at: .now), $0.breaker.isOpen) }
        await tell(change, isOpen, failures)
        let deliveries = zip(notifications, failures).map { notification, failure in
            Delivery(notification: notification.id, outcome: outcome(notification, failure, now))
        }
        state.withLock { $0.inHand.sent(deliveries) }
    }

    private func outcome(_ notification: Notification, _ failure: SendFailure?, _ now: Timestamp) -> Delivery.Outcome {
        guard let failure else {
            figures.sent(notification, at: now)
            return .sent(at: now)
        }
        if failure.mayBeTaken { figures.uncertain(notification) }
        guard let next = RetryPlan.next(notification, failure, at: now) else {
            figures.failed(notification)
            logger.error(
                "a notification failed for good",
                [
                    "notification_id": notification.id.description, "attempts": "\(notification.attempts)",
                    "error": failure.message,
                ])
            return .failed
        }
        // Of what is its server's matter one line says it for all.
        if failure.scope != .everything || failure.mayBeTaken {
            refused.happened(
                error: failure.message, ("notification_id", notification.id.description),
                ("attempts", "\(notification.attempts)"))
        }
        return .retry(at: next)
    }

    private func tell(_ change: CircuitBreaker.Change, _ isOpen: Bool, _ failures: [SendFailure?]) async {
        guard !isStopping else { return }
        let lost = failures.compactMap(\.self).filter { $0.scope == .everything }
        let channels = sender.channels.map(\.rawValue).sorted().joined(separator: ",")
        switch change {
        case .none:
            guard !isOpen, let first = lost.first else { break }
            partly.happened(lost.count, error: first.message, ("channels", channels))
        case .opened:
            logger.warning(
                "messages wait, for their server takes none; it is asked again",
                ["channels": channels, "error": lost.first?.message ?? ""])
        case .closed(let time):
            let unsent = try? await standing?.unsent()
            logger.notice(
                "messages go out again",
                [
                    "channels": channels, "away_seconds": time.secondsText,
                    "messages": unsent.map { "\($0.queued + $0.retrying)" } ?? "",
                ])
        }
    }
}
