package import EventLog
package import Pacing

/// What a group does with a batch of records: reads them, has the work done, and says which it could not handle. A live
/// service and a replay run the same.
package struct BatchWork<Handler: EventHandler>: Sendable {
    private let group: String
    private let handler: Handler
    private let clock: any ServiceClock
    private let troubles: HandlingTroubles
    private let waitsForDatabase: Bool
    private let isStopping: @Sendable () -> Bool

    /// `waitsForDatabase`: a database that is away is waited for; otherwise it ends the work.
    package init(
        group: String, handler: Handler, clock: any ServiceClock = SystemClock(), troubles: HandlingTroubles,
        waitsForDatabase: Bool = true, isStopping: @escaping @Sendable () -> Bool
    ) {
        self.waitsForDatabase = waitsForDatabase
        self.group = group
        self.handler = handler
        self.clock = clock
        self.troubles = troubles
        self.isStopping = isStopping
    }

    /// What became of a batch.
    package enum Outcome: Sendable {
        /// `handled` events are committed, of which `repeats` had been before, and the bookmarks with them where they are remembered; the
        /// dead are to be put aside; what was skipped is none of ours.
        case done(handled: Int, repeats: Int, dead: [DeadLetter], skipped: [SkippedEvent], areRemembered: Bool)
        /// The work was not done.
        case stopped
        /// Nor here: the database is away.
        case away(any Error)
    }

    /// `bookmarks` are made where there is something to do: each is a hash of its record.
    package func handle(
        _ records: [StoredRecord], _ bookmarks: @autoclosure () -> Bookmarks? = nil,
        knowing knowledge: (StoredRecord) -> InboxKnowledge = { _ in .none }
    ) async -> Outcome {
        var events: [(record: StoredRecord, event: Handler.Event)] = []
        var dead: [DeadLetter] = []
        var skipped: [SkippedEvent] = []
        for record in records where Redrive.isMeant(for: group, record) {
            do throws(UnreadableEvent) {
                if let event = try handler.read(record, knowledge(record)) { events.append((record, event)) }
            } catch {
                if let type = error.foreignType {
                    skipped.append(SkippedEvent(position: record.position, type: type))
                } else {
                    dead.append(DeadLetter(record: record, error: error.reason, attempts: 1))
                }
            }
        }
        guard !events.isEmpty else {
            return .done(handled: 0, repeats: 0, dead: dead, skipped: skipped, areRemembered: false)
        }
        let tries = Tries(
            handler: handler, clock: clock, troubles: troubles, isStopping: isStopping,
            waitsForDatabase: waitsForDatabase)
        switch await tries.handle(events, bookmarks()) {
        case .stopped: return .stopped
        case .away(let error): return .away(error)
        case .done(let failed, let isWhole, let repeats):
            return .done(
                handled: events.count - failed.count, repeats: repeats, dead: dead + failed, skipped: skipped,
                areRemembered: isWhole)
        }
    }
}
