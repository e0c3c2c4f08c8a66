package import EventLog
package import Inbox
package import LogTools
package import Telemetry

/// Runs a service's handler over past events, as its consumer would: the same reading, the same tries. Nothing is
/// acknowledged, and what fails is reported, not put on a dead-letter topic.
package struct Replay<Handler: EventHandler>: Sendable {
    private let work: BatchWork<Handler>
    private let batch: Int

    /// - Parameters:
    ///   - group: whose handler it is; what was redriven to another is passed over.
    ///   - batch: records a transaction, 1 or more.
    package init(group: String, handler: Handler, batch: Int, logger: Logger) {
        work = BatchWork(
            group: group, handler: handler, troubles: HandlingTroubles(logger), waitsForDatabase: false,
            isStopping: { Task.isCancelled })
        self.batch = batch
    }

    /// Until the source's end, or until its task is cancelled. `done` gets each batch when its work is committed.
    package func run(
        _ source: any RecordSource, into report: inout ReplayReport,
        done: (_ records: [StoredRecord], _ dead: [DeadLetter]) async throws -> Void
    ) async throws {
        let begin = ContinuousClock.now
        defer { report.duration += .now - begin }
        var waiting: [StoredRecord] = []
        while !Task.isCancelled {
            let more = try await source.next()
            waiting += more
            while waiting.count >= batch || (more.isEmpty && !waiting.isEmpty) {
                let records = Array(waiting.prefix(batch))
                waiting.removeFirst(records.count)
                switch await work.handle(records) {
                case .stopped: return
                case .away(let error): throw error
                case .done(let handled, _, let dead, _, _):
                    report.add(records, handled: handled, dead: dead)
                    try await done(records, dead)
                }
                if Task.isCancelled { return }
            }
            if more.isEmpty { return }
        }
    }
}
