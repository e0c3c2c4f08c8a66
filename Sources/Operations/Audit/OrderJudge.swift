import EventLog
import Events
import ExactText
import Identifiers
import Inventory
import Notifications
import Orders
import Shop
import Timestamps

/// What does not agree about one order. Does no I/O.
struct OrderJudge: Sendable {
    /// Reclaiming gives up what is held for more than 10 s every 2 s: with both databases up it is over after this.
    static let longestHold = 15.0

    var now: Timestamp
    var isTruncated: Bool
    var begin = LogBegin()
    var isConsumed: @Sendable (LoggedEvent, _ group: String) -> Bool

    func findings(_ facts: OrderFacts) -> [AuditFinding] { findings(ComparedOrder(facts)) }

    func findings(_ facts: ComparedOrder) -> [AuditFinding] {
        eventFindings(facts) + orderFindings(facts) + handlingFindings(facts) + reservationFindings(facts)
    }

    private func finding(
        _ check: AuditCheck, _ facts: ComparedOrder, _ problem: String, isInFlight: Bool = false,
        isUnknown: Bool = false
    ) -> AuditFinding {
        AuditFinding(
            check: check, subject: "order \(facts.id)", problem: problem, isInFlight: isInFlight,
            isUnknown: isUnknown)
    }

    // MARK: Events

    private func expected(_ order: OrderNote) -> [OrderEvent.Kind] {
        switch order.status {
        case .confirmed: [.confirmed]
        case .shipped: [.confirmed, .shipped]
        case .delivered: [.confirmed, .shipped, .delivered]
        case .cancelled: [.confirmed, .cancelled]
        case .rejected: [.rejected]
        }
    }

    /// How many of an order's events, the first ones, the log had and has dropped, as was declared.
    private func dropped(_ order: OrderNote, _ facts: ComparedOrder) -> Int {
        guard begin.isLater else { return 0 }
        let expected = expected(order)
        let missing = expected.prefix { kind in !facts.events.contains { $0.logged.kind == kind } }
        // When those in the middle happened nobody knows any more, but not before the order was placed.
        let time = missing.count == expected.count ? order.updatedAt : order.createdAt
        if begin.isAfter(time, of: facts.id) { return missing.count }
        return missing.count > 1 && begin.isAfter(order.createdAt, of: facts.id) ? missing.count - 1 : 0
    }

    /// Whether events of it are before the log's begin.
    func isBeforeLog(_ facts: ComparedOrder) -> Bool {
        facts.order.map { dropped($0, facts) > 0 } ?? false
    }

    private func eventFindings(_ facts: ComparedOrder) -> [AuditFinding] {
        guard let order = facts.order else {
            return facts.events.prefix(1).map {
                finding(
                    .events, facts,
                    "\($0.logged.kind.name) is on the log, and the order service does not know the order")
            }
        }
        let expected = expected(order)
        let dropped = dropped(order, facts)
        var findings = expected.dropFirst(dropped).compactMap { kind -> AuditFinding? in
            guard !facts.events.contains(where: { $0.logged.kind == kind }) else { return nil }
            if facts.waiting.contains(kind.rawValue) {
                return finding(.events, facts, "\(kind.name) waits in the outbox", isInFlight: true)
            }
            return finding(
                .events, facts, "\(kind.name) is missing from the log; the order is \(order.status.rawValue)",
                isUnknown: isTruncated)
        }
        for event in facts.events where !expected.contains(event.logged.kind) {
            findings.append(
                finding(
                    .events, facts,
                    "\(event.logged.kind.name) is on the log, and the order is \(order.status.rawValue)"))
        }
        if let confirmed = facts.events.first(where: { $0.logged.kind == .confirmed }), order.status != .rejected,
            !tellsOf(order, confirmed.logged)
        {
            findings.append(finding(.events, facts, "OrderConfirmed tells otherwise than the order that is stored"))
        }
        let kind = OrderEvent.Kind(order.status)
        if kind != .confirmed, let last = facts.events.first(where: { $0.logged.kind == kind }),
            !Self.areSame(order.latest, last.logged.personal)
        {
            findings.append(finding(.events, facts, "\(kind.name) tells otherwise than the order that is stored"))
        }
        return findings
    }

    /// Whether an event has the order as it is stored. Where its customer was erased on either side, as on Kafka in the row
    /// alone, they are not compared.
    private func tellsOf(_ order: OrderNote, _ event: LoggedEvent) -> Bool {
        event.content == order.content && Self.areSame(order.personal, event.personal)
    }

    private static func areSame(_ personal: Int64, _ other: Int64) -> Bool {
        personal == other || personal == LoggedEvent.erased || other == LoggedEvent.erased
    }

    private func orderFindings(_ facts: ComparedOrder) -> [AuditFinding] {
        // Of one event there is no order.
        if facts.events.count < 2, facts.order != nil { return [] }
        var findings: [AuditFinding] = []
        for (kind, events) in Dictionary(grouping: facts.events, by: \.logged.kind) where events.count > 1 {
            findings.append(finding(.order, facts, "\(kind.name) happened \(events.count) times"))
        }
        if Set(facts.events.map(\.logged.place.partition)).count > 1 {
            findings.append(finding(.order, facts, "its events are in several partitions"))
        }
        let kinds = Set(facts.events.map(\.logged.kind))
        for later in [OrderEvent.Kind.shipped, .delivered] where kinds.isSuperset(of: [.cancelled, later]) {
            findings.append(
                finding(.order, facts, "was both cancelled and \(later == .shipped ? "shipped" : "delivered")"))
        }
        if kinds.contains(.rejected), kinds.count > 1 {
            findings.append(finding(.order, facts, "was rejected, and has other events"))
        } else if facts.order == nil, let first = facts.events.first?.logged, first.kind != .rejected,
            !kinds.contains(.confirmed)
        {
            findings.append(
                finding(
                    .order, facts, "\(first.kind.name) of an order that was not confirmed",
                    isUnknown: isTruncated || begin.isLater))
        }
        let steps = facts.events.map(\.logged.kind.step)
        if steps != steps.sorted() {
            findings.append(
                finding(.order, facts, "happened as " + facts.events.map(\.logged.kind.name).joined(separator: ", ")))
        }
        return findings
    }

    // MARK: Handling

    private func handlingFindings(_ facts: ComparedOrder) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        for event in facts.events {
            let kind = event.logged.kind
            for (handling, group) in HandlingGroups.all where kind.isHandled(by: handling) {
                if event.entered.contains(handling) { continue }
                if let death = event.deaths[group] {
                    findings.append(finding(.inbox, facts, "\(kind.name) is a dead letter of \(group): \(death)"))
                } else if isConsumed(event.logged, group) {
                    findings.append(finding(.inbox, facts, "\(kind.name) was passed over by \(group)"))
                } else {
                    findings.append(finding(.inbox, facts, "\(kind.name) waits for \(group)", isInFlight: true))
                }
            }
            if event.entered.contains(.notification) { findings += notificationFindings(facts, event) }
        }
        return findings
    }

    private func notificationFindings(_ facts: ComparedOrder, _ event: ComparedOrder.Event) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        func add(_ problem: String) { findings.append(finding(.notifications, facts, problem)) }
        let name = { (told: ComparedOrder.Told) in told.words.map { "notification \($0.id)" } ?? "a notification" }
        // Told again where somebody asked for it; who did is written down.
        for told in event.notifications where told.repeatNumber > 0 && !event.repeats.contains(told.repeatNumber) {
            add("\(name(told)) is a repeat that nobody asked for")
        }
        let kind = event.logged.kind
        let channels = kind == .rejected ? 0 : event.logged.channels
        for (channel, bit) in [(Notification.Channel.email, Int64(1)), (.sms, 2)] {
            let made = event.notifications.count { $0.repeatNumber == 0 && $0.channel == channel }
            let wanted = channels & bit != 0 ? 1 : 0
            if made != wanted {
                add("\(kind.name) made \(made) notifications by \(channel.rawValue), not \(wanted)")
            }
        }
        for told in event.notifications {
            if !told.isOfOrder {
                add("\(name(told)) is of another order")
            } else if let order = facts.order, !told.isErased, !order.isErased,
                told.recipient != (told.channel == .email ? order.emailHash : order.phoneHash)
            {
                add("\(name(told)) goes to \(told.words?.recipient.string ?? "somebody else")")
            }
        }
        return findings
    }

    // MARK: Reservation

    private func reservationFindings(_ facts: ComparedOrder) -> [AuditFinding] {
        guard let reservation = facts.reservation else {
            guard let order = facts.order, order.status != .rejected else { return [] }
            return [finding(.reservations, facts, "has no reservation, and is \(order.status.rawValue)")]
        }
        if reservation.state == .held {
            let age = now.seconds(since: reservation.createdAt)
            guard age <= Self.longestHold else {
                return [finding(.reservations, facts, "its stock has been held for \(Int(age)) s")]
            }
            return facts.order == nil
                ? [finding(.reservations, facts, "its stock is held, and nobody knows it yet", isInFlight: true)] : []
        }
        guard let order = facts.order else {
            guard reservation.state != .released else { return [] }
            return [
                finding(.reservations, facts, "stock is \(reservation.state.rawValue) for an order that nobody knows")
            ]
        }
        var findings: [AuditFinding] = []
        let (state, kind) = stateOfStock(order.status)
        if reservation.state != state {
            let isComing =
                reservation.state == .sold
                && kind.map { kind in
                    facts.waiting.contains(kind.rawValue)
                        || facts.events.contains {
                            $0.logged.kind == kind && !$0.entered.contains(.inventory)
                        }
                } == true
            findings.append(
                finding(
                    .reservations, facts,
                    "the order is \(order.status.rawValue), its stock \(reservation.state.rawValue)",
                    isInFlight: isComing))
        }
        if order.units != reservation.units, order.status != .rejected {
            findings.append(finding(.reservations, facts, "other items are reserved than were ordered"))
        }
        return findings
    }

    /// What an order's stock is in the end, and the event that brings it there.
    private func stateOfStock(_ status: OrderStatus) -> (Reservation.State, OrderEvent.Kind?) {
        switch status {
        case .confirmed: (.sold, nil)
        case .shipped, .delivered: (.shipped, .shipped)
        case .cancelled: (.released, .cancelled)
        case .rejected: (.released, .rejected)
        }
    }
}

extension OrderEvent.Kind {
    /// Where it stands in an order's life.
    fileprivate var step: Int {
        switch self {
        case .confirmed, .rejected: 0
        case .shipped, .cancelled: 1
        case .delivered: 2
        }
    }

    fileprivate func isHandled(by group: HandlingGroups) -> Bool {
        group == .notification || self == .cancelled || self == .rejected || self == .shipped
    }
}
