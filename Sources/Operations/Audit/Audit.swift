import Events
import Identifiers
import Inventory
import Notifications
import Orders
package import Progress

/// Proves that the databases and the log agree, or names what does not, while the shop goes on.
///
/// Everything is read once, in short transactions, and what is compared of it is noted in files, sorted by events and by orders; these
/// are then gone through side by side. What does not agree is looked at again, in the databases themselves and after the log has
/// been read on, until it agrees, is known to be on its way, or the time for that is over: so what is in flight is told apart
/// from what is wrong.
package struct Audit: Sendable {
    /// Seconds that something may take to agree, where nothing else is said: reclaiming gives up held stock within 15.
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
        let scan = LogScan(log: sources.log, scratch: scratch)
        let outboxes = OutboxAudit(sources: sources, scratch: scratch, scan: scan)
        let orders = OrderAudit(sources: sources, scratch: scratch, scan: scan, progress: progress)
        let stock = StockAudit(sources: sources, scratch: scratch, scan: scan)

        let (stored, notifications, reservations, outbox, merged) = try await gather(scan, scratch)
        var report = outbox.report
        // The log was read while the databases were.
        try await scan.run()
        let sentAgain = try await outboxes.judge(
            notOnLog: merged.lost, ofInventory: outbox.ofInventory, republish: republish, into: &report)
        if republish != nil { report.republished = sentAgain }
        try await orders.judge(
            orders: stored.notes, reservations: reservations.notes, events: merged.handled, told: merged.told)
        try await HistoryAudit(sources: sources, scan: scan).judge(merged, into: &report)

        report.add(try await lookAgain(outboxes, scan, orders, stock, reservations))
        report.count(.events, stored.count)
        report.count(.reservations, reservations.count)
        report.count(.notifications, notifications.count)
        report.count(.inbox, merged.inboxRows)
        report.count(.order, scan.records)
        report.count(.stock, stock.products)
        report.count(.deadLetters, scan.deadLetters)
        if notifications.queued > 0 { report.note(.notifications, "\(notifications.queued) not sent yet") }
        if notifications.failed > 0 { report.note(.notifications, "\(notifications.failed) failed for good") }
        if scan.ended > 0 { report.note(.deadLetters, "\(scan.ended) were redriven or discarded") }
        let repeats = scan.repeats + merged.repeats
        if repeats > 0 { report.note(.order, "\(repeats) records are repeats") }
        if scan.unreadable > 0 { report.note(.events, "\(scan.unreadable) records are no events of ours") }
        if scan.foreign > 0 { report.note(.events, "\(scan.foreign) records are events of others") }
        if orders.beforeLog > 0 {
            report.note(.events, "\(orders.beforeLog) orders have events before the log's begin")
        }
        if !scan.truncated.isEmpty {
            report.note(.events, "the log no longer has the beginning of \(scan.truncated.joined(separator: ", "))")
        }
        return report
    }

    private typealias Gathered = (
        orders: (notes: SortedFile<OrderNote>, count: Int), notifications: Gathering.Notifications,
        reservations: StockAudit.Sum, outbox: OutboxAudit.Contents, merged: EventMerge.Outcome
    )

    /// Reads the log to its present end, and the databases beside it, everything at once.
    ///
    /// Only the orders that were there at that end are looked at: of later ones the log need not have been seen to have anything. Whatever
    /// else moves between two readings makes an order a suspect, which is looked at again.
    private func gather(_ scan: LogScan, _ scratch: Scratch) async throws -> Gathered {
        let (sources, progress) = (sources, progress)
        let end = try await scan.end()
        let lastOrder = try await sources.orders.lastPosition()
        let lastReservation = try await sources.inventory.lastReservation()
        let lastNotification = try await sources.notifications.lastPosition()
        progress.begin(
            "reading log and databases", total: end.records + lastOrder + lastReservation + lastNotification)
        async let outbox = OutboxAudit.read(sources, into: scratch)
        async let orders = Gathering.orders(of: sources.orders, upTo: lastOrder, progress)
        async let reservations = StockAudit.sum(sources.inventory, upTo: lastReservation, into: scratch, progress)
        async let inboxes = (
            notification: Gathering.inbox(of: sources.notifications),
            inventory: Gathering.inbox(of: sources.inventory)
        )
        async let notifications = Gathering.notifications(of: sources.notifications, progress)
        let events = try await scan.readAll(to: end, progress: progress)
        let (ofNotification, ofInventory) = try await inboxes
        let merged = try EventMerge(
            events: events, notificationInbox: ofNotification, inventoryInbox: ofInventory,
            notifications: try await notifications.notes, published: try await outbox.ofOrders
        ).run()
        return (try await orders, try await notifications, try await reservations, try await outbox, merged)
    }

    /// Until what was in flight has arrived, or the time for that is over: what does not agree in the end.
    private func lookAgain(
        _ outboxes: OutboxAudit, _ scan: LogScan, _ orders: OrderAudit, _ stock: StockAudit,
        _ reservations: StockAudit.Sum
    ) async throws -> AuditReport {
        let end = ContinuousClock.now + patience
        progress.begin("looking again at what may be in flight", total: 0)
        while true {
            try await outboxes.noteWaiting()
            try await scan.run()
            // A report names the first of each check and counts the rest: memory stays the same.
            var round = AuditReport()
            try await orders.judgeSuspects { round.add($0) }
            for finding in try await stock.judge(reservations) { round.add(finding) }
            if round.wrong + round.unknown == 0 || ContinuousClock.now >= end { return round }
            progress.advance(by: 1)
            try await Task.sleep(for: .seconds(1))
        }
    }
}
