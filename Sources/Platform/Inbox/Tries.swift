import EventLog
import Pacing
import Telemetry

/// Tries the work of a batch: all of it in one transaction; when that fails, event by event, so that one bad event
/// fails alone. An event that its service refuses is not tried again. Any other gets five tries, in rounds in which all others have their turn: however many fail, the waits
/// between the rounds add up to ten seconds at most. A database that is away is waited for.
struct Tries<Handler: EventHandler>: Sendable {
    static var most: Int { 5 }
    static var waitAtMost: Duration { .seconds(10) }

    let handler: Handler
    var clock: any ServiceClock = SystemClock()
    let troubles: HandlingTroubles
    let isStopping: @Sendable () -> Bool
    /// false: a database that is away ends the work.
    var waitsForDatabase = true

    enum Outcome {
        /// `isWhole`: in one transaction, the bookmarks with it.
        case done(failed: [DeadLetter], isWhole: Bool, repeats: Int)
        case stopped
        case away(any Error)
    }

    func handle(
        _ events: [(record: StoredRecord, event: Handler.Event)], _ bookmarks: Bookmarks? = nil
    ) async -> Outcome {
        guard !events.isEmpty else { return .done(failed: [], isWhole: false, repeats: 0) }
        switch await attempt(events.map { $0.event }, bookmarks) {
        case .success(let handled):
            return .done(
                failed: handled.refused.map {
                    DeadLetter(record: events[$0.index].record, error: $0.reason, attempts: 1)
                }, isWhole: true, repeats: handled.repeats)
        case .stopped: return .stopped
        case .away(let error): return .away(error)
        case .failure(let error):
            troubles.batch.happened(error: "\(error)")
        }
        var rounds = Rounds(events.map { Waiting(record: $0.record, event: $0.event) })
        var backoff = Backoff()
        let end = clock.now + Self.waitAtMost
        while true {
            if let end = await run(&rounds) { return end }
            if rounds.waiting.isEmpty { return .done(failed: rounds.failed, isWhole: false, repeats: rounds.repeats) }
            if isStopping() { return .stopped }
            if clock.now < end { try? await clock.sleep(for: backoff.next()) }
        }
    }

    private struct Waiting {
        var record: StoredRecord
        var event: Handler.Event
        var attempts = 0
    }

    private struct Rounds {
        var waiting: [Waiting]
        var failed: [DeadLetter] = []
        var repeats = 0

        init(_ waiting: [Waiting]) { self.waiting = waiting }
    }

    /// One try for each event that waits, but for those behind an event of their key that may yet succeed. How it ended
    /// where it did not come through.
    private func run(_ rounds: inout Rounds) async -> Outcome? {
        var again: [Waiting] = []
        var heldKeys: Set<[UInt8]> = []
        for var one in rounds.waiting {
            if let key = one.record.key, heldKeys.contains(key) {
                again.append(one)
                continue
            }
            switch await attempt([one.event]) {
            case .success(let handled):
                rounds.repeats += handled.repeats
                rounds.failed += handled.refused.map {
                    DeadLetter(record: one.record, error: $0.reason, attempts: one.attempts + 1)
                }
            case .stopped: return .stopped
            case .away(let error): return .away(error)
            case .failure(let error):
                one.attempts += 1
                if one.attempts == Self.most {
                    rounds.failed.append(
                        DeadLetter(record: one.record, error: "\(error)", attempts: one.attempts))
                } else {
                    again.append(one)
                    if let key = one.record.key { heldKeys.insert(key) }
                }
            }
        }
        rounds.waiting = again
        return nil
    }

    private enum Attempt {
        case success(HandledEvents)
        case failure(any Error)
        case stopped
        case away(any Error)
    }

    private func attempt(_ events: [Handler.Event], _ bookmarks: Bookmarks? = nil) async -> Attempt {
        var backoff = Backoff()
        while true {
            do {
                let handled = try await handler.handle(events, bookmarks)
                troubles.database.works()
                return .success(handled)
            } catch {
                guard handler.isDatabaseAway(error) else { return .failure(error) }
                guard waitsForDatabase else { return .away(error) }
                troubles.database.failed("\(error)")
                if isStopping() { return .stopped }
                try? await clock.sleep(for: backoff.next())
            }
        }
    }
}
