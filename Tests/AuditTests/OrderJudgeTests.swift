import EventLog
import Events
import ExactText
import Identifiers
import Inventory
import Notifications
import Orders
import Shop
import Testing
import Timestamps

@testable import Audit

/// What audit says of an order when one thing about it disagrees with the others, and that it says nothing else.
@Suite struct OrderJudgeTests {
    @Test(arguments: [[], [.ship(nil)], [.ship(nil), .deliver], [.cancel(reason: nil)]] as [[OrderMove]])
    func whatAgreesIsNotMentioned(_ moves: [OrderMove]) throws {
        #expect(try JudgedOrder(moves).found == [])
    }

    @Test func anOrderThatWasGivenUpAgrees() {
        #expect(JudgedOrder.rejected().found == [])
    }

    // MARK: Events

    @Test func anEventThatTheLogLacksIsNamed() throws {
        var order = try JudgedOrder([.ship(nil)])
        order.facts.events.removeLast()
        #expect(order.found == ["events: OrderShipped is missing from the log; the order is shipped"])
        order.isTruncated = true
        #expect(order.found == ["events: OrderShipped is missing from the log; the order is shipped?"])
        order.facts.waiting = [OrderEvent.Kind.shipped.rawValue]
        #expect(order.found == ["events: OrderShipped waits in the outbox…"])
    }

    @Test func anEventThatTheOrderDoesNotShowIsNamed() throws {
        var order = try JudgedOrder([.ship(nil)])
        order.facts.order = try JudgedOrder().facts.order
        let id = order.facts.id
        order.facts.order?.orderID = id
        #expect(
            order.found == [
                "events: OrderShipped is on the log, and the order is confirmed",
                "reservations: the order is confirmed, its stock shipped",
            ])
    }

    @Test func anOrderThatNobodyKnowsIsNamed() throws {
        var order = try JudgedOrder()
        order.facts.order = nil
        #expect(
            order.found == [
                "events: OrderConfirmed is on the log, and the order service does not know the order",
                "reservations: stock is sold for an order that nobody knows",
            ])
    }

    @Test func anEventThatTellsOtherwiseIsNamed() throws {
        var order = try JudgedOrder()
        order.facts.order?.total.amount += 1
        #expect(order.found == ["events: OrderConfirmed tells otherwise than the order that is stored"])
    }

    /// Where it goes and what the customer said of it, as it was placed; how it went, as it was shipped.
    @Test func whatAnOrderHasBesidesIsCompared() throws {
        let shipment = Shipment(carrier: "DHL", trackingNumber: "0034")
        var order = try JudgedOrder([.ship(shipment)], details: OrderDetails(customerID: "c-1", note: "Ring twice."))
        #expect(order.found == [])
        order.facts.order?.details = OrderDetails.of(OrderDetails(customerID: "c-1"), shippedBy: shipment)
        #expect(
            order.found == [
                "events: OrderConfirmed tells otherwise than the order that is stored",
                "events: OrderShipped tells otherwise than the order that is stored",
            ])
        order.facts.order?.details = OrderDetails(
            customerID: "c-1", note: "Ring twice.", carrier: "DHL", trackingNumber: "0035")
        #expect(order.found == ["events: OrderShipped tells otherwise than the order that is stored"])
        // Erased in the row alone, as on Kafka.
        let erased = order.facts.order?.customer?.erased
        order.facts.order?.customer = erased
        order.facts.order?.details = nil
        #expect(order.found == [])
    }

    /// On one side or on both: what is left of it agrees.
    @Test func anErasedCustomerIsNotCompared() throws {
        var order = try JudgedOrder()
        let erased = order.facts.order?.customer?.erased
        order.facts.order?.customer = erased
        #expect(order.found == [])
    }

    // MARK: Order

    @Test func whatHappenedTwiceIsNamed() throws {
        var order = try JudgedOrder()
        order.repeatEvent(0)
        #expect(order.found == ["order: OrderConfirmed happened 2 times"])
    }

    @Test func eventsInSeveralPartitionsAreNamed() throws {
        var order = try JudgedOrder([.ship(nil)])
        order.facts.events[1].place.partition = 4
        #expect(order.found == ["order: its events are in several partitions"])
    }

    @Test func anOrderOfEventsThatCantBeIsNamed() throws {
        var order = try JudgedOrder([.ship(nil), .deliver])
        order.facts.events.swapAt(0, 1)
        #expect(order.found == ["order: happened as OrderShipped, OrderConfirmed, OrderDelivered"])
    }

    @Test func whatWasCancelledAndShippedIsNamed() throws {
        var order = try JudgedOrder([.ship(nil)])
        let cancelled = try JudgedOrder([.cancel(reason: nil)])
        order.facts.events.append(cancelled.facts.events[1])
        for group in order.facts.entered.keys {
            order.facts.entered[group]?.formUnion(cancelled.facts.entered[group] ?? [])
        }
        #expect(order.found.contains("order: was both cancelled and shipped"))
    }

    @Test func whatWasRejectedHasNoOtherEvents() throws {
        var order = JudgedOrder.rejected()
        let confirmed = try JudgedOrder()
        order.facts.events.append(confirmed.facts.events[0])
        #expect(order.found.contains("order: was rejected, and has other events"))
    }

    // MARK: Handling

    @Test func whatAGroupPassedOverIsNamed() throws {
        var order = try JudgedOrder([.ship(nil)])
        let id = order.event(.shipped)
        order.facts.entered[Topics.inventoryGroup]?.remove(id)
        #expect(order.found == ["inbox: OrderShipped was passed over by inventory-service"])
        order.unread = [id]
        #expect(order.found == ["inbox: OrderShipped waits for inventory-service…"])
        order.facts.deaths = [Topics.inventoryGroup: [id: "it can't be read"]]
        #expect(order.found == ["inbox: OrderShipped is a dead letter of inventory-service: it can't be read"])
    }

    /// Nothing is done for it there.
    @Test func inventoryNeedNotHandleAConfirmation() throws {
        var order = try JudgedOrder()
        order.facts.entered[Topics.inventoryGroup] = []
        #expect(order.found == [])
    }

    @Test func aNotificationThatIsMissingIsNamed() throws {
        var order = try JudgedOrder()
        order.facts.notifications[order.event(.confirmed)]?.removeAll { $0.channel == .sms }
        #expect(order.found == ["notifications: OrderConfirmed made 0 notifications by sms, not 1"])
    }

    @Test func aNotificationTooManyIsNamed() throws {
        var order = try JudgedOrder()
        let id = order.event(.confirmed)
        var other = try #require(order.facts.notifications[id]?.first)
        other.id = .time()
        order.facts.notifications[id]?.append(other)
        #expect(order.found == ["notifications: OrderConfirmed made 2 notifications by email, not 1"])
    }

    @Test func aRepeatIsRightWhereSomebodyAskedForIt() throws {
        var order = try JudgedOrder()
        let id = order.event(.confirmed)
        var again = try #require(order.facts.notifications[id]?.first)
        again.repeatNumber = 1
        order.facts.notifications[id]?.append(again)
        #expect(order.found == ["notifications: notification \(again.id) is a repeat that nobody asked for"])
        order.facts.repeats = [id: [1]]
        #expect(order.found == [])
    }

    @Test func aNotificationToSomebodyElseIsNamed() throws {
        var order = try JudgedOrder()
        let id = order.event(.confirmed)
        order.facts.notifications[id]?[0].recipient = "eve@example.com"
        let told = try #require(order.facts.notifications[id]?[0].id)
        #expect(order.found == ["notifications: notification \(told) goes to eve@example.com"])
        order.facts.notifications[id]?[0].orderID = .time()
        #expect(order.found == ["notifications: notification \(told) is of another order"])
    }

    // MARK: Reservation

    @Test func anOrderWithoutAReservationIsNamed() throws {
        var order = try JudgedOrder()
        order.facts.reservation = nil
        #expect(order.found == ["reservations: has no reservation, and is confirmed"])
        var rejected = JudgedOrder.rejected()
        rejected.facts.reservation = nil
        #expect(rejected.found == [])
    }

    /// For fifteen seconds reclaiming has time to give it up.
    @Test func heldStockOfNobodyIsNamedWhenItIsOld() throws {
        var order = try JudgedOrder()
        order.facts.order = nil
        order.facts.events = []
        order.facts.reservation?.state = .held
        order.now = JudgedOrder.placed.advanced(bySeconds: 15)
        #expect(order.found == ["reservations: its stock is held, and nobody knows it yet…"])
        order.now = JudgedOrder.placed.advanced(bySeconds: 16)
        #expect(order.found == ["reservations: its stock has been held for 16 s"])
    }

    /// Its batch is not closed yet.
    @Test func heldStockOfAnOrderIsRightForAWhile() throws {
        var order = try JudgedOrder()
        order.facts.reservation?.state = .held
        order.now = JudgedOrder.placed.advanced(bySeconds: 15)
        #expect(order.found == [])
    }

    @Test func stockThatDidNotFollowItsOrderIsNamed() throws {
        var order = try JudgedOrder([.cancel(reason: nil)])
        order.facts.reservation?.state = .sold
        #expect(order.found == ["reservations: the order is cancelled, its stock sold"])
        // Its event is on its way to inventory.
        let event = order.event(.cancelled)
        order.facts.entered[Topics.inventoryGroup]?.remove(event)
        order.unread = [event]
        #expect(
            order.found == [
                "inbox: OrderCancelled waits for inventory-service…",
                "reservations: the order is cancelled, its stock sold…",
            ])
    }

    @Test func otherItemsThanWereOrderedAreNamed() throws {
        var order = try JudgedOrder()
        order.facts.reservation?.items[0].quantity = 3
        #expect(order.found == ["reservations: other items are reserved than were ordered"])
    }
}
