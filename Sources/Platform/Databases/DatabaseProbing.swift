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
            let whole = Outage(
                logger, .error, gone: "the database takes no writes", back: "the database takes writes again")
            let table = Outage(
                logger, .error, gone: "the database takes no writes to one of its tables",
                back: "the database takes writes to all of its tables again")
            // A disk that is nearly full takes small writes and no large ones: what comes and goes is not told each time.
            let other = Recurring(logger, .error, "the database takes no writes, for another reason")
            var reason: String?
            while !Task.isCancelled {
                if condition.wantsProbe { await probe() }
                let trouble = condition.trouble
                switch trouble {
                case nil:
                    whole.works()
                    table.works()
                case let trouble? where trouble.isPartial: table.failed(trouble.detail)
                case let trouble?:
                    whole.failed(trouble.detail)
                    if let reason, reason != trouble.reason { other.happened(error: trouble.detail) }
                }
                reason = trouble?.reason
                if condition.wantsProbe { try? await Task.sleep(for: Self.every) } else { await wakeUp.wait() }
            }
        }
    }

    func stop() async { await task.stop(waking: wakeUp) }
}
