import EventLog
import Events
import Identifiers
import Inventory
import Notifications
import Orders
import Timestamps

/// What does not agree about one order. Does no I/O.
struct OrderJudge {
    /// Settling gives up what is held for more than 10 s every 2 s: with both databases up it is over after this.
    static let longestHold = 15.0

    var now: Timestamp
    var isTruncated: Bool
    var isConsumed: (LoggedEvent, _ group: String) -> Bool

    func findings(_ facts: OrderFacts) -> [AuditFinding] {
        eventFindings(facts) + orderFindings(facts) + handlingFindings(facts) + reservationFindings(facts)
    }

    private func finding(
        _ check: AuditCheck, _ facts: OrderFacts, _ problem: String, isInFlight: Bool = false, isUnknown: Bool = false
    ) -> AuditFinding {
        AuditFinding(
            check: check, subject: "order \(facts.id)", problem: problem, isInFlight: isInFlight,
            isUnknown: isUnknown)
    }

    // MARK: Events

    private func expected(_ order: Order) -> [OrderEvent.Kind] {
        switch order.document.status {
        case .confirmed: [.confirmed]
        case .shipped: [.confirmed, .shipped]
        case .delivered: [.confirmed, .shipped, .delivered]
        case .cancelled: [.confirmed, .cancelled]
        case .rejected: [.rejected]
        }
    }

    private func eventFindings(_ facts: OrderFacts) -> [AuditFinding] {
        guard let order = facts.order else {
            return facts.events.prefix(1).map {
                finding(.events, facts, "\($0.kind.name) is on the log, and the order service does not know the order")
            }
        }
        let expected = expected(order)
        var findings = expected.compactMap { kind -> AuditFinding? in
            guard !facts.events.contains(where: { $0.kind == kind }) else { return nil }
            if facts.waiting.contains(kind.rawValue) {
                return finding(.events, facts, "\(kind.name) waits in the outbox", isInFlight: true)
            }
            return finding(
                .events, facts, "\(kind.name) is missing from the log; the order is \(order.document.status.rawValue)",
                isUnknown: isTruncated)
        }
        for event in facts.events where !expected.contains(event.kind) {
            findings.append(
                finding(
                    .events, facts,
                    "\(event.kind.name) is on the log, and the order is \(order.document.status.rawValue)"))
        }
        if let confirmed = facts.events.first(where: { $0.kind == .confirmed }),
            confirmed.content != LoggedEvent.content(order.asConfirmed), order.document.status != .rejected
        {
            findings.append(finding(.events, facts, "OrderConfirmed tells otherwise than the order that is stored"))
        }
        return findings
    }

    private func orderFindings(_ facts: OrderFacts) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        for (kind, events) in Dictionary(grouping: facts.events, by: \.kind) where events.count > 1 {
            findings.append(finding(.order, facts, "\(kind.name) happened \(events.count) times"))
        }
        if Set(facts.events.map(\.place.partition)).count > 1 {
            findings.append(finding(.order, facts, "its events are in several partitions"))
        }
        let steps = facts.events.map(\.kind.step)
        if steps != steps.sorted() {
            findings.append(
                finding(.order, facts, "happened as " + facts.events.map(\.kind.name).joined(separator: ", ")))
        }
        return findings
    }

    // MARK: Handling

    private func handlingFindings(_ facts: OrderFacts) -> [AuditFinding] {
        facts.events.flatMap { event -> [AuditFinding] in
            var findings: [AuditFinding] = []
            for group in [Topics.notificationGroup, Topics.inventoryGroup] where event.kind.isHandled(by: group) {
                if facts.entered[group]?.contains(event.id) == true { continue }
                if let death = facts.deaths[group]?[event.id] {
                    findings.append(
                        finding(.inbox, facts, "\(event.kind.name) is a dead letter of \(group): \(death)"))
                } else if isConsumed(event, group) {
                    findings.append(
                        finding(.inbox, facts, "\(event.kind.name) was passed over by \(group)"))
                } else {
                    findings.append(
                        finding(.inbox, facts, "\(event.kind.name) waits for \(group)", isInFlight: true))
                }
            }
            if facts.entered[Topics.notificationGroup]?.contains(event.id) == true {
                findings += notificationFindings(facts, event)
            }
            return findings
        }
    }

    private func notificationFindings(_ facts: OrderFacts, _ event: LoggedEvent) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        let all = facts.notifications[event.id] ?? []
        // Told again where somebody asked for it; who did is written down.
        let notifications = all.filter { $0.repeatNumber == 0 }
        for told in all where told.repeatNumber > 0 && facts.repeats[event.id]?.contains(told.repeatNumber) != true {
            findings.append(
                finding(.notifications, facts, "notification \(told.id) is a repeat that nobody asked for"))
        }
        let channels: [Notification.Channel] =
            event.kind == .rejected
            ? [] : (event.channels & 1 != 0 ? [.email] : []) + (event.channels & 2 != 0 ? [.sms] : [])
        for channel in Notification.Channel.allCases {
            let made = notifications.count { $0.channel == channel }
            let wanted = channels.contains(channel) ? 1 : 0
            if made != wanted {
                findings.append(
                    finding(
                        .notifications, facts,
                        "\(event.kind.name) made \(made) notifications by \(channel.rawValue), not \(wanted)"))
            }
        }
        let customer = facts.order?.document.customer
        for notification in all {
            let address = notification.channel == .email ? customer?.email : customer?.phone
            if notification.orderID != facts.id {
                findings.append(
                    finding(.notifications, facts, "notification \(notification.id) is of another order"))
            } else if facts.order != nil, notification.recipient != address {
                findings.append(
                    finding(.notifications, facts, "notification \(notification.id) goes to \(notification.recipient)"))
            }
        }
        return findings
    }

    // MARK: Reservation

    private func reservationFindings(_ facts: OrderFacts) -> [AuditFinding] {
        guard let reservation = facts.reservation else {
            guard let order = facts.order, order.document.status != .rejected else { return [] }
            return [finding(.reservations, facts, "has no reservation, and is \(order.document.status.rawValue)")]
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
        let (state, kind) = stateOfStock(order.document.status)
        if reservation.state != state {
            let isComing =
                reservation.state == .settled
                && kind.map { kind in
                    facts.waiting.contains(kind.rawValue)
                        || facts.events.contains {
                            $0.kind == kind && facts.entered[Topics.inventoryGroup]?.contains($0.id) != true
                        }
                } == true
            findings.append(
                finding(
                    .reservations, facts,
                    "the order is \(order.document.status.rawValue), its stock \(reservation.state.rawValue)",
                    isInFlight: isComing))
        }
        func units(_ items: [OrderDocument.Item]) -> [ProductID: Int64] {
            items.reduce(into: [:]) { $0[$1.productID, default: 0] += $1.quantity }
        }
        if units(order.document.items) != units(reservation.items), order.document.status != .rejected {
            findings.append(finding(.reservations, facts, "other items are reserved than were ordered"))
        }
        return findings
    }

    /// What an order's stock is in the end, and the event that brings it there.
    private func stateOfStock(_ status: OrderDocument.Status) -> (Reservation.State, OrderEvent.Kind?) {
        switch status {
        case .confirmed: (.settled, nil)
        case .shipped, .delivered: (.shipped, .shipped)
        case .cancelled: (.released, .cancelled)
        case .rejected: (.released, .rejected)
        }
    }
}

extension OrderEvent.Kind {
    /// `OrderConfirmed`
    var name: String {
        switch self {
        case .confirmed: "OrderConfirmed"
        case .shipped: "OrderShipped"
        case .delivered: "OrderDelivered"
        case .cancelled: "OrderCancelled"
        case .rejected: "OrderRejected"
        }
    }

    /// Where it stands in an order's life.
    fileprivate var step: Int {
        switch self {
        case .confirmed, .rejected: 0
        case .shipped, .cancelled: 1
        case .delivered: 2
        }
    }

    fileprivate func isHandled(by group: String) -> Bool {
        group == Topics.notificationGroup || self == .cancelled || self == .rejected || self == .shipped
    }
}
