import Events
import Identifiers
import Inbox
import Shop

/// What the events of an order made known of it, in the order in which they were handled: what the notifications say, the
/// rejection, and what came before in the same batch.
struct OrderHistory {
    /// The event that told of each step; an order takes none twice.
    private var steps: [OrderEvent.Kind: Identifier] = [:]

    /// What contradicts the steps before it is no step: it was noted only, and a judge would have refused it.
    mutating func add(_ kind: OrderEvent.Kind, _ event: Identifier) {
        if steps[kind] == nil, Self.contradiction(kind, of: steps) == nil { steps[kind] = event }
    }

    /// Why an event can't have happened; nil when it can, or when nobody can know.
    func complaint(about event: OrderEvent, _ knowledge: InboxKnowledge) -> String? {
        // What is old reaches nobody, and was judged when it was new.
        guard !knowledge.isOld else { return nil }
        let name = event.kind.name
        if let before = steps[event.kind], before != event.id, event.kind != .rejected {
            return "\(name) happened before, as event \(before)"
        }
        if let contradiction = Self.contradiction(event.kind, of: steps) {
            return "\(name) of an order that was \(contradiction.rawName)"
        }
        guard let needed = Self.needed(before: event.kind), steps[needed] == nil,
            knowledge.knowsAll(since: event.order.createdAt)
        else { return nil }
        return "\(name) of an order that was not \(needed.rawName)"
    }

    /// A step that was taken and that this one never follows.
    private static func contradiction(
        _ kind: OrderEvent.Kind, of steps: [OrderEvent.Kind: Identifier]
    ) -> OrderEvent.Kind? {
        let never: [OrderEvent.Kind] =
            switch kind {
            case .confirmed: [.rejected, .cancelled]
            case .shipped: [.rejected, .cancelled, .delivered]
            case .delivered: [.rejected, .cancelled]
            case .cancelled: [.rejected, .shipped, .delivered]
            // Born rejected, an order takes no other step.
            case .rejected: [.confirmed, .cancelled, .shipped, .delivered]
            }
        return never.first { steps[$0] != nil }
    }

    /// The step that comes before.
    private static func needed(before kind: OrderEvent.Kind) -> OrderEvent.Kind? {
        switch kind {
        case .shipped, .cancelled: .confirmed
        case .delivered: .shipped
        case .confirmed, .rejected: nil
        }
    }
}

extension OrderEvent.Kind {
    /// `confirmed`
    fileprivate var rawName: String { status.rawValue }

    /// nil for what tells of no step.
    init?(_ kind: Notification.Kind) {
        switch kind {
        case .orderConfirmed: self = .confirmed
        case .orderShipped: self = .shipped
        case .orderDelivered: self = .delivered
        case .orderCancelled: self = .cancelled
        case .custom: return nil
        }
    }
}

/// What became of a batch of events, and what is to be stored of it.
struct JudgedEvents {
    let handled: HandledEvents
    /// What the inbox is to know no more.
    let withdrawn: Set<Identifier>
    /// New events, in their order, and those that are in the inbox: somebody may have asked for them again.
    let passed: [ReceivedEvent]
    /// The new ones of orders that were rejected: nobody is told, but no other step follows.
    let rejections: [OrderEvent]

    /// The events that are not `fresh` are in the inbox: they happened.
    init(_ events: [ReceivedEvent], fresh: Set<Identifier>, known: [Identifier: OrderHistory]) {
        var histories = known
        let judgement = BatchJudgement(events, id: \.event.id, fresh: fresh) { received in
            let event = received.event
            let history = histories[event.order.orderID, default: OrderHistory()]
            let complaint = history.complaint(about: event, received.knowledge)
            if complaint == nil { histories[event.order.orderID, default: OrderHistory()].add(event.kind, event.id) }
            return complaint
        }
        handled = judgement.handled
        withdrawn = judgement.withdrawn
        passed = judgement.taken + events.filter { !fresh.contains($0.event.id) }
        rejections = judgement.taken.map(\.event).filter { $0.kind == .rejected }
    }
}
