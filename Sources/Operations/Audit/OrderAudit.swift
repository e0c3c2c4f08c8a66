import EventLog
import Events
import Identifiers
import Inbox
import Inventory
import Notifications
import Orders
import Progress
import Timestamps

/// Judges all orders by what was noted of them, and those that then don't agree by the rows themselves, when what was in flight has
/// had its time.
final class OrderAudit {
    private static let page = 500
    /// What is held at a time, in bytes of orders and reservations: an order of a thousand lines has more than 100 kB of each,
    /// several times that as values, and as much in its notifications.
    private static let bytes = 4 << 20
    /// Orders that are compared at a time.
    private static let compared = 2_000

    private let sources: AuditSources
    private let scratch: Scratch
    private let scan: LogScan
    private let progress: Progress
    /// The log's events by their orders; nil until they were compared.
    private var events: SortedFile<HandledEventNote>?
    /// Orders whose events, or the first of them, the log has dropped as was declared.
    private(set) var beforeLog = 0

    init(sources: AuditSources, scratch: Scratch, scan: LogScan, progress: Progress) {
        self.sources = sources
        self.scratch = scratch
        self.scan = scan
        self.progress = progress
    }

    /// Compares what is known of every order. While some are judged the next ones are read.
    func judge(
        orders: SortedFile<OrderNote>, reservations: SortedFile<ReservationNote>, events: SortedFile<HandledEventNote>,
        told: SortedFile<ToldNote>
    ) async throws {
        self.events = events
        progress.begin("comparing orders", total: Int64(max(orders.count, reservations.count)))
        var merge = try OrderMerge(orders: orders, reservations: reservations, events: events, told: told)
        let judge = judge()
        var portion = try merge.next(Self.compared)
        while !portion.isEmpty {
            async let judged = Self.suspects(among: portion, judge)
            let following = try merge.next(Self.compared)
            let (suspects, beforeLog) = await judged
            try await scratch.noteSuspects(suspects)
            self.beforeLog += beforeLog
            progress.advance(by: portion.count)
            portion = following
        }
    }

    private static func suspects(
        among orders: [ComparedOrder], _ judge: OrderJudge
    ) async -> (suspects: [Identifier], beforeLog: Int) {
        (
            orders.filter { !judge.findings($0).isEmpty }.map(\.id),
            judge.begin.isLater ? orders.count { judge.isBeforeLog($0) } : 0
        )
    }

    private func judge() -> OrderJudge {
        OrderJudge(now: .now(), isTruncated: !scan.truncated.isEmpty, begin: scan.begin, isConsumed: scan.isConsumed)
    }

    /// The findings of all suspects as they are now; those that agree by now are suspects no more.
    func judgeSuspects(_ body: (AuditFinding) -> Void) async throws {
        var last: Identifier?
        while true {
            let page = try await scratch.suspects(after: last, limit: Self.page)
            guard let end = page.last else { return }
            let findings = try await findings(page)
            try await scratch.removeSuspects(Set(page).subtracting(findings.map(\.order)).sorted())
            for finding in findings { body(finding.finding) }
            last = end
        }
    }

    private func findings(_ ids: [Identifier]) async throws -> [(order: Identifier, finding: AuditFinding)] {
        let orders = try await sources.orders.sizes(of: ids)
        let reservations = try await sources.inventory.sizes(ofReservations: ids)
        var found: [(order: Identifier, finding: AuditFinding)] = []
        for portion in ids.portions(bytes: Self.bytes, { (orders[$0] ?? 0) + (reservations[$0] ?? 0) }) {
            found += try await findings(ofPortion: portion)
        }
        return found
    }

    private func findings(
        ofPortion ids: [Identifier]
    ) async throws -> [(order: Identifier, finding: AuditFinding)] {
        let events = try await events(of: ids)
        let eventIDs = events.values.flatMap { $0.map(\.id) }
        // Three databases and the notes are asked side by side: what moves between their answers only makes a suspect, and
        // suspects are looked at again.
        let (sources, scratch) = (sources, scratch)
        async let ofOrders = sources.orders.orders(ids)
        async let ofInventory = (
            reservations: sources.inventory.reservations(of: ids), entered: sources.inventory.entered(eventIDs)
        )
        async let ofNotifications = (
            entered: sources.notifications.entered(eventIDs),
            told: sources.notifications.notifications(ofEvents: eventIDs),
            repeats: sources.notifications.repeats(ofEvents: eventIDs)
        )
        let waiting = try await scratch.waiting(of: ids)
        let orders = try await ofOrders
        let (reservations, moved) = try await ofInventory
        let (told, notifications, repeats) = try await ofNotifications
        let entered = [Topics.notificationGroup: told, Topics.inventoryGroup: moved]
        let judge = judge()
        var found: [(order: Identifier, finding: AuditFinding)] = []
        for id in ids {
            let own = events[id] ?? []
            let facts = OrderFacts(
                id: id, order: orders[id], reservation: reservations[id], events: own,
                waiting: waiting[id] ?? [], entered: entered,
                notifications: notifications, repeats: repeats, deaths: try await deaths(own, entered))
            found += judge.findings(facts).map { (id, $0) }
        }
        return found
    }

    /// The events of these orders, in the order of the log: those that were compared, and what was read since.
    private func events(of orders: [Identifier]) async throws -> [Identifier: [LoggedEvent]] {
        var found = try await scratch.events(of: orders)
        for order in orders {
            guard let known = try events?.find(order), !known.isEmpty else { continue }
            found[order, default: []].insert(contentsOf: known.map(\.note.event), at: 0)
            found[order]?.sort { ($0.place.partition, $0.place.offset) < ($1.place.partition, $1.place.offset) }
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
