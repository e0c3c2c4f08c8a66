package import EventLog
package import Telemetry

/// What a group does with a batch of records: reads them, has the work done, and says which it could not handle. A live
/// service and a replay run the same.
package struct BatchWork<Handler: EventHandler>: Sendable {
    private let group: String
    private let handler: Handler
    private let logger: Logger
    private let isStopping: @Sendable () -> Bool

    package init(
        group: String, handler: Handler, logger: Logger, isStopping: @escaping @Sendable () -> Bool
    ) {
        self.group = group
        self.handler = handler
        self.logger = logger
        self.isStopping = isStopping
    }

    package enum Outcome: Sendable {
        /// `handled` events are committed; the dead are to be put aside.
        case done(handled: Int, dead: [DeadLetter])
        /// The work was not done.
        case stopped
    }

    package func handle(_ records: [StoredRecord]) async -> Outcome {
        var events: [(record: StoredRecord, event: Handler.Event)] = []
        var dead: [DeadLetter] = []
        for record in records where Redrive.isMeant(for: group, record) {
            do throws(UnreadableEvent) {
                if let event = try handler.read(record) { events.append((record, event)) }
            } catch {
                dead.append(DeadLetter(record: record, error: error.reason, attempts: 1))
            }
        }
        switch await Tries(handler: handler, logger: logger, isStopping: isStopping).handle(events) {
        case .stopped: return .stopped
        case .done(let failed): return .done(handled: events.count - failed.count, dead: dead + failed)
        }
    }
}
