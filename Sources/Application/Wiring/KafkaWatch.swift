import EventLog
import Kafka
import Pacing
import Synchronization
import Telemetry

/// Says once when Kafka is away and once when it is back. Its client has a line for each connection that it tries, in words of its own:
/// those are for who looks for a fault, at debug.
final class KafkaWatch: Sendable {
    /// While it is away.
    private static let every: Duration = .seconds(1)
    /// The same words are not said again for as long.
    private static let quiet: Duration = .seconds(60)
    private static let mostKept = 32

    private struct State {
        var reason = "nobody answers"
        var told: [String: ContinuousClock.Instant] = [:]
    }

    private let logger: Logger
    private let outage: Outage
    private let state = Mutex(State())
    private let wakeUp = WakeUp()
    private let task = BackgroundTask()

    init(_ logger: Logger) {
        self.logger = logger
        outage = Outage(logger, gone: "Kafka can't be reached", back: "Kafka is back")
    }

    /// What the client, or our module over it, has to say; on any thread.
    var heard: KafkaLogger { { self.note($0) } }

    private func note(_ line: KafkaLogLine) {
        let isOurs = ["SCRAM", "PRODUCER", "CONSUMER", "FATAL", "RENEW"].contains(line.facility)
        let level: LogLevel = isOurs && isNew(line.message) ? (line.level <= .warning ? .warning : .info) : .debug
        logger.log(level, line.message, ["kafka": line.facility])
        guard line.level <= .warning else { return }
        if let reason = line.connectionFailure { state.withLock { $0.reason = reason } }
        wakeUp.signal()
    }

    private func isNew(_ message: String) -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            if let told = state.told[message], now - told < Self.quiet { return false }
            if state.told.count >= Self.mostKept { state.told = [:] }
            state.told[message] = now
            return true
        }
    }

    /// Asks whether the log is there when the client complains, and as long as it is not.
    func start(_ log: any EventLog) {
        task.start { [self] in
            while !Task.isCancelled {
                let isThere = await log.isReachable(within: 1)
                if Task.isCancelled { return }
                if isThere {
                    outage.works()
                    await wakeUp.wait()
                } else {
                    outage.failed(state.withLock { $0.reason })
                    try? await Task.sleep(for: Self.every)
                }
            }
        }
    }

    func stop() async { await task.stop(waking: wakeUp) }
}
