import Events
import Identifiers
import Inbox
import Inventory
import Notifications
import Orders
import Progress
import Timestamps

/// Judges orders by the page, and those that don't agree once more when what was in flight has had its time.
final class OrderAudit {
    private static let page = 500

    private let sources: AuditSources
    private let scratch: Scratch
    private let scan: LogScan
    private let progress: Progress

    init(sources: AuditSources, scratch: Scratch, scan: LogScan, progress: Progress) {
        self.sources = sources
        self.scratch = scratch
        self.scan = scan
        self.progress = progress
    }

    /// Every order that the order service knows.
    func judgeStored() async throws -> Int {
        progress.begin("orders", total: try await sources.orders.lastPosition())
        var position: Int64 = 0
        var count = 0
        while true {
            let page = try await sources.orders.orders(after: position, limit: Self.page)
            guard let last = page.last else { return count }
            try await judge(page.map(\.order.document.orderID))
            position = last.position
            count += page.count
            progress.advance(by: page.count)
        }
    }

    /// Those that only the log knows.
    func judgeLogged() async throws {
        var last: Identifier?
        while true {
            let page = try await scratch.orders(in: "events", after: last, limit: Self.page)
            guard let end = page.last else { return }
            try await judgeUnseen(page)
            last = end
        }
    }

    /// Of these orders those that were not judged yet.
    func judgeUnseen(_ orders: [Identifier]) async throws {
        try await judge(try await scratch.missing(orders, from: "seen"))
    }

    private func judge(_ orders: [Identifier]) async throws {
        guard !orders.isEmpty else { return }
        try await scratch.insert(orders, into: "seen")
        let suspects = Set(try await findings(orders).map(\.order))
        try await scratch.insert(suspects.sorted(), into: "suspects")
    }

    /// The findings of all suspects as they are now; those that agree by now are suspects no more.
    func judgeSuspects(_ body: (AuditFinding) -> Void) async throws {
        var last: Identifier?
        while true {
            let page = try await scratch.orders(in: "suspects", after: last, limit: Self.page)
            guard let end = page.last else { return }
            let findings = try await findings(page)
            try await scratch.remove(Set(page).subtracting(findings.map(\.order)).sorted(), from: "suspects")
            for finding in findings { body(finding.finding) }
            last = end
        }
    }

    private func findings(
        _ ids: [Identifier]
    ) async throws -> [(order: Identifier, finding: AuditFinding)] {
        let events = try await scratch.events(of: ids)
        let eventIDs = events.values.flatMap { $0.map(\.id) }
        let orders = try await sources.orders.orders(ids)
        let reservations = try await sources.inventory.reservations(of: ids)
        let entered = [
            Topics.notificationGroup: try await sources.notifications.entered(eventIDs),
            Topics.inventoryGroup: try await sources.inventory.entered(eventIDs),
        ]
        let notifications = try await sources.notifications.notifications(ofEvents: eventIDs)
        let repeats = try await sources.notifications.repeats(ofEvents: eventIDs)
        let judge = OrderJudge(
            now: .now(), isTruncated: !scan.truncated.isEmpty,
            isConsumed: { self.scan.isConsumed($0.place, by: $1) })
        var found: [(order: Identifier, finding: AuditFinding)] = []
        for id in ids {
            let own = events[id] ?? []
            let facts = OrderFacts(
                id: id, order: orders[id], reservation: reservations[id], events: own,
                waiting: try await scratch.waiting(of: id.description), entered: entered,
                notifications: notifications, repeats: repeats, deaths: try await deaths(own, entered))
            found += judge.findings(facts).map { (id, $0) }
        }
        return found
    }

    private func deaths(
        _ events: [LoggedEvent], _ entered: [String: Set<Identifier>]
    ) async throws -> [String: [Identifier: String]] {
        guard scan.deadLetters > 0 else { return [:] }
        var deaths: [String: [Identifier: String]] = [:]
        for (group, known) in entered {
            for event in events where !known.contains(event.id) {
                deaths[group, default: [:]][event.id] = try await scratch.deathOf(event.id, in: group)
            }
        }
        return deaths
    }
}
