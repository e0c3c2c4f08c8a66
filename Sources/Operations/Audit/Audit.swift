import Events
import Identifiers
package import Progress

/// Proves that the databases and the log agree, or names what does not, while the shop goes on.
///
/// Everything is read once, in short transactions. What then does not agree is looked at again, after the log has been
/// read on, until it agrees, is known to be on its way, or the time for that is over: so what is in flight is told apart
/// from what is wrong.
package struct Audit: Sendable {
    /// Seconds that something may take to agree, where nothing else is said: settling gives up held stock within 15.
    package static let patience = 20

    private let sources: AuditSources
    private let republish: Republish?
    private let patience: Duration
    private let progress: Progress

    /// `republish`: what the outboxes published in the last ten minutes and the log lacks is sent to it again; nil: no.
    package init(_ sources: AuditSources, republish: Republish?, patience: Duration, progress: Progress) {
        self.patience = patience
        self.sources = sources
        self.republish = republish
        self.progress = progress
    }

    /// Throws what the log or a database throws when it can't be read: then nothing can be told.
    package func run() async throws -> AuditReport {
        let scratch = try await Scratch()
        do {
            let report = try await run(scratch)
            progress.end()
            await scratch.remove()
            return report
        } catch {
            progress.end()
            await scratch.remove()
            throw error
        }
    }

    private func run(_ scratch: Scratch) async throws -> AuditReport {
        var report = AuditReport()
        let scan = LogScan(log: sources.log, scratch: scratch, progress: progress)
        let outboxes = OutboxAudit(sources: sources, scratch: scratch, scan: scan)
        let orders = OrderAudit(sources: sources, scratch: scratch, scan: scan, progress: progress)
        let stock = StockAudit(sources: sources, scratch: scratch, scan: scan, progress: progress)

        try await outboxes.noteWaiting()
        try await scan.run()
        let sentAgain = try await outboxes.judge(republish: republish, into: &report)
        if republish != nil { report.republished = sentAgain }
        report.count(.events, try await orders.judgeStored())
        try await orders.judgeLogged()
        let (reservations, mark) = try await stock.sum { try await orders.judgeUnseen($0) }
        report.count(.reservations, reservations)
        try await HistoryAudit(sources: sources, scratch: scratch, scan: scan, progress: progress).judge(into: &report)

        report.add(try await settled(outboxes, scan, orders, stock, mark))
        report.count(.order, scan.records)
        report.count(.stock, stock.products)
        report.count(.deadLetters, scan.deadLetters)
        if scan.redriven > 0 { report.note(.deadLetters, "\(scan.redriven) were redriven") }
        if scan.repeats > 0 { report.note(.order, "\(scan.repeats) records are repeats") }
        if scan.unreadable > 0 { report.note(.events, "\(scan.unreadable) records are no events of ours") }
        if !scan.truncated.isEmpty {
            report.note(.events, "the log no longer has the beginning of \(scan.truncated.joined(separator: ", "))")
        }
        return report
    }

    /// What does not agree in the end.
    private func settled(
        _ outboxes: OutboxAudit, _ scan: LogScan, _ orders: OrderAudit, _ stock: StockAudit, _ mark: StockAudit.Mark
    ) async throws -> AuditReport {
        let end = ContinuousClock.now + patience
        progress.begin("looking again at what may be in flight", total: 0)
        while true {
            try await outboxes.noteWaiting()
            try await scan.run()
            // A report names the first of each check and counts the rest: memory stays the same.
            var round = AuditReport()
            try await orders.judgeSuspects { round.add($0) }
            for finding in try await stock.judge(mark) { round.add(finding) }
            if round.wrong + round.unknown == 0 || ContinuousClock.now >= end { return round }
            progress.advance(by: 1)
            try await Task.sleep(for: .seconds(1))
        }
    }
}
