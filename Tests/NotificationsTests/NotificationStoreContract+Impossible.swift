import Events
import Identifiers
import Inbox
import Testing
import Timestamps

@testable import Notifications

/// What can't have happened to an order, as far as the database knows, is refused.
extension NotificationStoreContract {
    /// An event of an order, whose steps go on from others.
    private static func step(_ kind: OrderEvent.Kind, of order: Identifier) -> OrderEvent {
        var event = event(kind, phone: nil, customer: kind != .rejected)
        event.order.orderID = order
        return event
    }

    /// What is known of all that these events tell of.
    private static let all = InboxKnowledge(
        completeSince: Timestamp(milliseconds: event().order.createdAt.milliseconds - 1))

    /// What comes one after the other for an order, whether the database knows all that ever happened, and what is refused
    /// in the end.
    private static let stories: [(kinds: [OrderEvent.Kind], knows: Bool, reason: String?)] = [
        ([.confirmed, .shipped, .delivered], true, nil), ([.confirmed, .cancelled], true, nil),
        ([.rejected], true, nil), ([.confirmed], true, nil),
        ([.confirmed, .confirmed], false, "OrderConfirmed happened before, as event "),
        ([.confirmed, .shipped, .shipped], false, "OrderShipped happened before, as event "),
        ([.confirmed, .cancelled, .shipped], false, "OrderShipped of an order that was cancelled"),
        ([.confirmed, .cancelled, .delivered], false, "OrderDelivered of an order that was cancelled"),
        ([.confirmed, .shipped, .cancelled], false, "OrderCancelled of an order that was shipped"),
        ([.delivered, .cancelled], false, "OrderCancelled of an order that was delivered"),
        ([.confirmed, .rejected], false, "OrderRejected of an order that was confirmed"),
        ([.shipped], true, "OrderShipped of an order that was not confirmed"),
        ([.cancelled], true, "OrderCancelled of an order that was not confirmed"),
        ([.rejected, .shipped], false, "OrderShipped of an order that was rejected"),
        ([.rejected, .confirmed], false, "OrderConfirmed of an order that was rejected"),
        ([.cancelled, .confirmed], false, "OrderConfirmed of an order that was cancelled"),
        ([.delivered, .shipped], false, "OrderShipped of an order that was delivered"),
        ([.confirmed, .delivered], true, "OrderDelivered of an order that was not shipped"),
        // What came before may have been handled by a database that is gone.
        ([.shipped], false, nil), ([.cancelled], false, nil), ([.delivered], false, nil),
        ([.shipped, .confirmed], false, nil), ([.rejected, .rejected], false, nil),
    ]

    func refusesWhatCannotHaveHappened() async throws {
        for isOneBatch in [true, false] {
            for (kinds, knows, reason) in Self.stories {
                let order = Identifier.time()
                let events = kinds.map {
                    ReceivedEvent(Self.step($0, of: order), knows ? Self.all : .none)
                }
                let story = "\(kinds.map(\.name)), knows all: \(knows)"
                var refused: [RefusedEvent] = []
                if isOneBatch {
                    refused = try await store.receive(events, nil)
                    #expect(refused.allSatisfy { $0.index == events.count - 1 }, "\(story)")
                } else {
                    for (index, event) in events.enumerated() {
                        let new = try await store.receive([event], nil)
                        #expect(new.isEmpty || index == events.count - 1, "\(story)")
                        refused += new
                    }
                }
                #expect(refused.count == (reason == nil ? 0 : 1), "\(story)")
                #expect(
                    refused.first.map { $0.reason.hasPrefix(reason ?? "-") } ?? (reason == nil), "\(story): \(refused)")
                let last = events[events.count - 1].event
                #expect(try await store.entered([last.id]).isEmpty == (reason != nil), "\(story)")
                #expect(
                    try await of(last).contains { $0.eventID == last.id } == (reason == nil && last.kind != .rejected))
                // Handled again, as after a crash: what was taken stays, what was refused is refused again.
                #expect(try await store.receive(events, nil).map(\.reason) == refused.map(\.reason), "\(story)")
            }
        }
        let known = Self.event().order.createdAt
        let late = InboxKnowledge(completeSince: known)
        let started = ReceivedEvent(Self.step(.shipped, of: .time()), late)
        #expect(try await store.receive([started], nil).isEmpty, "the order began before")
        let old = ReceivedEvent(
            Self.step(.shipped, of: .time()), InboxKnowledge(isOld: true, completeSince: Self.all.completeSince))
        #expect(try await store.receive([old], nil).isEmpty, "it is noted, and reaches nobody")
        // Redriven when the other event has come, it is taken.
        let order = Identifier.time()
        let shipped = ReceivedEvent(Self.step(.shipped, of: order), Self.all)
        #expect(try await store.receive([shipped], nil).count == 1)
        try await store.receive([Self.step(.confirmed, of: order)])
        #expect(try await store.receive([shipped], nil).isEmpty)
        #expect(try await of(shipped.event).map(\.kind) == [.orderShipped, .orderConfirmed])
    }

    /// Whoever copies the id of an honest event keeps it neither out nor in, wherever the copy stands.
    func aCopiedIDKeepsNothingOut() async throws {
        for isFirst in [true, false] {
            let cancelled = Identifier.time()
            try await store.receive([.confirmed, .cancelled].map { Self.step($0, of: cancelled) })
            let honest = Self.step(.confirmed, of: .time())
            var forged = Self.step(.shipped, of: cancelled)
            forged.id = honest.id
            // The relay repeats what a crash left unsure.
            let batch = isFirst ? [forged, forged, honest, honest] : [honest, forged, honest]
            let refused = try await store.receive(batch)
            #expect(refused.map(\.index) == (isFirst ? [0] : []), "\(refused)")
            #expect(try await store.entered([honest.id]) == [honest.id])
            #expect(try await of(honest).map(\.kind) == [.orderConfirmed])
            #expect(try await of(forged).count == 2, "nobody is told")
        }
    }

    /// What is old was judged when it was new: it is noted, and what contradicts the rest of it counts for nothing.
    func whatIsOldIsNotJudged() async throws {
        let order = Identifier.time()
        let kinds: [OrderEvent.Kind] = [.confirmed, .shipped, .cancelled]
        for kind in kinds {
            let event = ReceivedEvent(Self.step(kind, of: order), InboxKnowledge(isOld: true))
            #expect(try await store.receive([event], nil).isEmpty)
        }
        let delivered = Self.step(.delivered, of: order)
        #expect(try await store.receive([delivered]).isEmpty)
        #expect(try await of(delivered).count { $0.status == .queued } == 1)
    }
}
