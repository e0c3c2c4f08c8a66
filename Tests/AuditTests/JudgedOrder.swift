import EventLog
import Events
import ExactText
import Identifiers
import Notifications
import Orders
import Shop
import Timestamps

@testable import Audit
@testable import Inventory

/// An order of which everything agrees, for a test to make something of it disagree.
struct JudgedOrder {
    static let placed = Timestamp(milliseconds: 1_767_225_600_000)
    /// A minute after its last step.
    var now: Timestamp
    var facts: OrderFacts
    var isTruncated = false
    /// The events that a group has not read yet.
    var unread: Set<Identifier> = []

    /// Taken so far by these moves. Its customer has an e-mail address and a phone.
    init(_ moves: [OrderMove] = [], details: OrderDetails? = nil) throws(OrderError) {
        let items = [
            OrderItem(productID: "A", name: "a", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))
        ]
        var steps = [
            try Order.confirmed(
                .time(), customer: .init(name: "Ada", email: "ada@example.com", phone: "+44 20 7946 0000"),
                items: items, details: details, at: Self.placed)
        ]
        for move in moves {
            guard let order = steps.last else { break }
            if let next = try order.moved(by: move, at: order.updatedAt.advanced(bySeconds: 60)) { steps.append(next) }
        }
        self.init(steps)
        let state: Reservation.State =
            switch facts.order?.status {
            case .shipped, .delivered: .shipped
            case .cancelled: .released
            default: .sold
            }
        facts.reservation = Reservation(
            orderID: facts.id, batchID: .time(), state: state, items: items, createdAt: Self.placed,
            updatedAt: Self.placed)
    }

    /// One that was given up before it was confirmed.
    static func rejected() -> JudgedOrder {
        var judged = JudgedOrder([Order.interrupted(.time(), items: [], at: placed)])
        judged.facts.reservation = Reservation(
            orderID: judged.facts.id, batchID: nil, state: .released, items: [], createdAt: placed, updatedAt: placed)
        return judged
    }

    /// `steps`: the order after each of them.
    private init(_ steps: [Order]) {
        let id = steps[0].orderID
        facts = OrderFacts(
            id: id, order: steps.last, reservation: nil, events: [], waiting: [], entered: [:], notifications: [:],
            repeats: [:], deaths: [:])
        now = (steps.last?.updatedAt ?? Self.placed).advanced(bySeconds: 60)
        for (offset, order) in steps.enumerated() { add(order, offset: Int64(offset)) }
    }

    /// The event that brought it there, handled by both groups.
    private mutating func add(_ order: Order, offset: Int64) {
        let event = OrderEvent(order, traceparent: nil)
        facts.events.append(
            LoggedEvent(event, at: LogPosition(topic: Topics.orders, partition: 3, offset: offset)))
        for group in [Topics.notificationGroup, Topics.inventoryGroup] {
            facts.entered[group, default: []].insert(event.id)
        }
        facts.notifications[event.id] = Notification.of(event, at: order.updatedAt)
    }

    var findings: [AuditFinding] {
        OrderJudge(now: now, isTruncated: isTruncated, isConsumed: { event, _ in !unread.contains(event.id) })
            .findings(facts)
    }

    /// What is found, as `check: problem`; with `?` behind it what can't be told, with `…` what may agree in a moment.
    var found: [String] {
        findings.map { "\($0.check.rawValue): \($0.problem)\($0.isUnknown ? "?" : "")\($0.isInFlight ? "…" : "")" }
    }

    func event(_ kind: OrderEvent.Kind) -> Identifier { facts.events.first { $0.kind == kind }?.id ?? facts.id }

    /// An event once more, under another id, as if it had happened twice.
    mutating func repeatEvent(_ index: Int, in partition: Int32 = 3) {
        var event = facts.events[index]
        let first = event.id
        event.id = .time()
        event.place = LogPosition(topic: Topics.orders, partition: partition, offset: 100)
        facts.events.append(event)
        for group in facts.entered.keys { facts.entered[group]?.insert(event.id) }
        facts.notifications[event.id] = facts.notifications[first]
    }
}
