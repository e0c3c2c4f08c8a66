import EventLog
import Pacing
import Telemetry

/// Tries the work of a batch: all of it in one transaction; when that fails, event by event, so that one bad event
/// fails alone. An event gets five tries within about three seconds. A database that is away is waited for.
struct Tries<Handler: EventHandler>: Sendable {
    static var most: Int { 5 }

    let handler: Handler
    let logger: Logger
    let isStopping: @Sendable () -> Bool

    enum Outcome {
        case done(failed: [DeadLetter])
        case stopped
    }

    func handle(_ events: [(record: StoredRecord, event: Handler.Event)]) async -> Outcome {
        guard !events.isEmpty else { return .done(failed: []) }
        switch await attempt(events.map(\.event), most: 1) {
        case .success: return .done(failed: [])
        case .stopped: return .stopped
        case .failure(let error, _):
            logger.warning("a batch of events failed; trying them one by one", ["error": "\(error)"])
        }
        var failed: [DeadLetter] = []
        for (record, event) in events {
            switch await attempt([event], most: Self.most) {
            case .success: continue
            case .stopped: return .stopped
            case .failure(let error, let attempts):
                failed.append(DeadLetter(record: record, error: "\(error)", attempts: attempts))
            }
        }
        return .done(failed: failed)
    }

    private enum Attempt {
        case success
        case failure(any Error, attempts: Int)
        case stopped
    }

    private func attempt(_ events: [Handler.Event], most: Int) async -> Attempt {
        var backoff = Backoff()
        var attempts = 0
        while true {
            do {
                try await handler.handle(events)
                return .success
            } catch {
                if handler.isDatabaseAway(error) {
                    logger.warning("the database is away; consumption waits", ["error": "\(error)"])
                } else {
                    attempts += 1
                    if attempts >= most { return .failure(error, attempts: attempts) }
                }
                if isStopping() { return .stopped }
                try? await Task.sleep(for: backoff.next())
            }
        }
    }
}
