internal import ConnectionThreads
internal import Pacing
internal import Synchronization
internal import Telemetry

/// Looks after a database that takes nothing: by a small write at once, and then twice a second until one is taken.
final class DatabaseProbing: Sendable {
    private static let every: Duration = .milliseconds(500)

    private let condition: DatabaseCondition
    private let probe: @Sendable () async -> Void
    private let wakeUp = WakeUp()
    private let task = BackgroundTask()

    init(_ condition: DatabaseCondition, probe: @escaping @Sendable () async -> Void) {
        self.condition = condition
        self.probe = probe
    }

    func start(_ logger: Logger) {
        condition.observe { [wakeUp] in wakeUp.signal() }
        task.start { [self] in
            var told: DatabaseCondition.Trouble?
            var since = ContinuousClock.now
            while !Task.isCancelled {
                if condition.wantsProbe { await probe() }
                let trouble = condition.trouble
                if told == nil { since = .now }
                if let trouble, trouble.reason != told?.reason {
                    logger.error(
                        "the database takes no writes\(trouble.isPartial ? " to one of its tables" : "")",
                        ["error": trouble.detail])
                } else if trouble == nil, told != nil {
                    logger.notice("the database takes writes again", ["away_seconds": (.now - since).secondsText])
                }
                told = trouble
                if condition.wantsProbe { try? await Task.sleep(for: Self.every) } else { await wakeUp.wait() }
            }
        }
    }

    func stop() async { await task.stop(waking: wakeUp) }
}
