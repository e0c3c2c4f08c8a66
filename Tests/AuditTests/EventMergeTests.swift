import EventLog
import Events
import ExactText
import Identifiers
import Notifications
import Orders
import Shop
import Testing
import Timestamps

@testable import Audit
@testable import Inventory

/// What stands side by side when all that audit read has been sorted.
@Suite struct EventMergeTests {
    /// A shop of some orders, as its parts are read.
    private struct Parts {
        var events: [EventNote] = []
        var inbox: [EventID] = []
        var notifications: [NotificationNote] = []
        var published: [PublishedNote] = []

        /// `orders`: each has one event, a notification by e-mail and one by SMS.
        init(orders: Int) throws {
            for index in 0..<orders {
                let order = try Order.confirmed(
                    .random(), customer: .init(name: "Ada", email: "ada@example.com", phone: "+44 20 7946 0000"),
                    items: [
                        OrderItem(
                            productID: "A", name: "a", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))
                    ], at: Timestamp(milliseconds: 1_767_225_600_000))
                let event = OrderEvent(order, traceparent: nil)
                let place = LogPosition(topic: Topics.orders, partition: 0, offset: Int64(index))
                events.append(EventNote(LoggedEvent(event, at: place), of: order.orderID))
                inbox.append(EventID(key: event.id))
                published.append(PublishedNote(key: event.id, position: Int64(index + 1)))
                for notification in Notification.of(event, at: order.createdAt) {
                    if let note = NotificationNote(notification, at: Int64(notifications.count + 1)) {
                        notifications.append(note)
                    }
                }
            }
        }

        /// Sorted in runs of a few.
        func merged() throws -> EventMerge.Outcome {
            func sorted<Record: SortedRecord>(_ records: [Record]) throws -> SortedFile<Record> {
                let sorter = try Sorter<Record>(memory: 512)
                for record in records.shuffled() { try sorter.add(record) }
                return try sorter.finish()
            }
            return try EventMerge(
                events: try sorted(events), notificationInbox: try sorted(inbox), inventoryInbox: try sorted([]),
                notifications: try sorted(notifications), published: try sorted(published)
            ).run(memory: 512)
        }
    }

    private static func keys<Record: SortedRecord>(_ file: SortedFile<Record>) async throws -> [Identifier] {
        var keys: [Identifier] = []
        try await file.forEachPage { keys += $0.map(\.key) }
        return keys
    }

    @Test func whatBelongsTogetherIsFoundTogether() async throws {
        let parts = try Parts(orders: 100)
        let merged = try parts.merged()
        #expect(try await Self.keys(merged.handled) == parts.events.map(\.order).sorted())
        #expect(merged.told.count == 200 && merged.inboxRows == 100 && merged.repeats == 0)
        try await merged.handled.forEachPage { #expect($0.allSatisfy { $0.entered == .notification }) }
        for nothing in [
            merged.untold.count, merged.unlike.count, merged.lost.count, merged.missingOfNotification.count,
            merged.missingOfInventory.count,
        ] {
            #expect(nothing == 0)
        }
    }

    @Test func whatTheLogLacksIsNoted() async throws {
        var parts = try Parts(orders: 100)
        let lost = [parts.events.removeFirst(), parts.events.removeLast()].map(\.key).sorted()
        let merged = try parts.merged()
        #expect(merged.handled.count == 98 && merged.told.count == 196)
        #expect(try await Self.keys(merged.lost) == lost)
        #expect(try await Self.keys(merged.missingOfNotification) == lost)
        #expect(try await Self.keys(merged.untold) == (lost + lost).sorted())
    }

    /// The first of them counts.
    @Test func recordsThatAreRepeatsAreCounted() async throws {
        var parts = try Parts(orders: 10)
        parts.events += parts.events.prefix(3)
        let merged = try parts.merged()
        #expect(merged.repeats == 3 && merged.handled.count == 10 && merged.told.count == 20)
    }

    @Test func anEventThatNobodyHandledIsMarked() async throws {
        var parts = try Parts(orders: 10)
        let event = parts.inbox.removeFirst().key
        try await parts.merged().handled.forEachPage { page in
            for handled in page {
                #expect(handled.entered == (handled.note.key == event ? [] : .notification))
            }
        }
    }

    /// Whatever stands first of an order, or alone.
    @Test func allThatIsKnownOfAnOrderIsCompared() async throws {
        let parts = try Parts(orders: 100)
        let merged = try parts.merged()
        let nothing = try Sorter<OrderNote>().finish()
        let reservations = try Sorter<ReservationNote>()
        let id = Identifier.random()
        try reservations.add(JudgedReservation.note(of: id, isLater: false))
        try reservations.add(JudgedReservation.note(of: .random(), isLater: true))
        try reservations.add(JudgedReservation.note(of: parts.events[0].order, isLater: false))
        var merge = try OrderMerge(
            orders: nothing, reservations: try reservations.finish(), events: merged.handled, told: merged.told)
        var orders: [ComparedOrder] = []
        while case let next = try merge.next(7), !next.isEmpty { orders += next }
        #expect(orders.map(\.id) == (parts.events.map(\.order) + [id]).sorted())
        #expect(orders.count { $0.reservation != nil } == 2)
        #expect(orders.allSatisfy { $0.id == id || $0.events.first?.notifications.count == 2 })
    }
}

/// A reservation of nothing.
private enum JudgedReservation {
    static func note(of order: Identifier, isLater: Bool) -> ReservationNote {
        ReservationNote(
            Reservation(
                orderID: order, batchID: nil, state: .released, items: [], createdAt: JudgedOrder.placed,
                updatedAt: JudgedOrder.placed), isLater: isLater)
    }
}
