package import EventLog
package import Telemetry

/// What a group does with a batch of records: reads them, has the work done, and says which it could not handle. A live
/// service and a replay run the same.
package struct BatchWork<Handler: EventHandler>: Sendable {
    private let group: String
    private let handler: Handler
    private let logger: Logger
    private let waitsForDatabase: Bool
    private let isStopping: @Sendable () -> Bool

    /// `waitsForDatabase`: a database that is away is waited for; otherwise it ends the work.
    package init(
        group: String, handler: Handler, logger: Logger, waitsForDatabase: Bool = true,
        isStopping: @escaping @Sendable () -> Bool
    ) {
        self.waitsForDatabase = waitsForDatabase
        self.group = group
        self.handler = handler
        self.logger = logger
        self.isStopping = isStopping
    }

    package enum Outcome: Sendable {
        /// `handled` events are committed, and the bookmarks with them where they are remembered; the dead are to be put
        /// aside.
        case done(handled: Int, dead: [DeadLetter], areRemembered: Bool)
        /// The work was not done.
        case stopped
        /// Nor here: the database is away.
        case away(any Error)
    }

    /// `isOld`: see `EventHandler.read`.
    package func handle(
        _ records: [StoredRecord], _ bookmarks: Bookmarks? = nil, isOld: (StoredRecord) -> Bool = { _ in false }
    ) async -> Outcome {
        var events: [(record: StoredRecord, event: Handler.Event)] = []
        var dead: [DeadLetter] = []
        for record in records where Redrive.isMeant(for: group, record) {
            do throws(UnreadableEvent) {
                if let event = try handler.read(record, isOld: isOld(record)) { events.append((record, event)) }
            } catch {
                dead.append(DeadLetter(record: record, error: error.reason, attempts: 1))
            }
        }
        let tries = Tries(
            handler: handler, logger: logger, isStopping: isStopping, waitsForDatabase: waitsForDatabase)
        switch await tries.handle(events, bookmarks) {
        case .stopped: return .stopped
        case .away(let error): return .away(error)
        case .done(let failed, let isWhole):
            return .done(handled: events.count - failed.count, dead: dead + failed, areRemembered: isWhole)
        }
    }
}
