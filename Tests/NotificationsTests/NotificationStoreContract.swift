import Causes
import Databases
import Events
import ExactText
import Identifiers
import Inbox
import Shop
import TestDatabase
import Testing
import Timestamps

@testable import Notifications

/// What every notification store promises, whatever the engine.
struct NotificationStoreContract {
    let store: any NotificationStore & MessageStanding & RepeatRequests & NotificationReader

    static func event(
        _ kind: OrderEvent.Kind = .confirmed, phone: ExactText? = "+44 20 7946 0000", customer: Bool = true
    ) -> OrderEvent {
        let now = Timestamp(milliseconds: 1_767_225_600_000)
        let item = OrderItem(
            productID: "A", name: "Lamp", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))
        return OrderEvent(
            id: .time(), kind: kind, time: now, cause: .unknown,
            order: OrderEvent.Order(
                orderID: .time(), status: .confirmed,
                customer: customer ? .init(name: "Ada", email: "ada@example.com", phone: phone) : nil, items: [item],
                total: Money(amount: 300, currency: "USD"), createdAt: now, updatedAt: now, reason: nil))
    }

    func of(_ event: OrderEvent) async throws -> [Notification] {
        try await store.notifications(of: event.order.orderID, Page(limit: 50, after: nil)).items.map(\.item)
    }

    /// The same, and what audit asks: for a look at the plans of all statements.
    func runEverything(reader: some NotificationReader) async throws {
        try await run()
        _ = try await store.notifications(of: nil, Page(limit: 10, after: nil))
        let notification = try #require(try await reader.notifications(after: 0, limit: 10).first).notification
        _ = try await store.notification(notification.id)
        _ = try await reader.notifications(ofEvents: [notification.orderID])
        _ = try await reader.repeats(ofEvents: [notification.orderID])
        _ = try await reader.lastPosition()
        _ = try await reader.sizes(ofEvents: [notification.orderID])
        _ = try await reader.entered([notification.orderID])
        _ = try await reader.inbox(after: nil, limit: 10)
    }

    static let promises: [Promise<NotificationStoreContract>] = [
        Promise("an event makes its notifications once") { try await $0.anEventMakesItsNotificationsOnce() },
        Promise("delivers what is due") { try await $0.deliversWhatIsDue() },
        Promise("keeps the traces that are recorded") { try await $0.tracesAreKept() },
        Promise("tells what is not sent") { try await $0.tellsWhatIsNotSent() },
        Promise("lists") { try await $0.lists() },
        Promise("tells again what was asked for") { try await $0.tellsAgainWhatWasAskedFor() },
        Promise("pages end by bytes") { try await $0.pagesEndByBytes() },
        Promise("claims end by bytes") { try await $0.claimsEndByBytes() },
        Promise("refuses what cannot have happened") { try await $0.refusesWhatCannotHaveHappened() },
        Promise("a copied id keeps nothing out") { try await $0.aCopiedIDKeepsNothingOut() },
        Promise("what is old is not judged") { try await $0.whatIsOldIsNotJudged() },
        Promise("stores what is claimed") { try await $0.storesWhatIsClaimed() },
        Promise("notes what was sent with the next events") { try await $0.notesWhatWasSentWithTheNextEvents() },
        Promise("lists by filter") { try await $0.listsByFilter() },
        Promise("a page looks through so many") { try await $0.aPageLooksThroughSoMany() },
        Promise("tells the shop of its stock once in a while") { try await $0.tellsTheShopOfItsStockOnceInAWhile() },
    ]

    private func tellsWhatIsNotSent() async throws {
        let before = try await store.unsent()
        let begun = Timestamp.now().advanced(bySeconds: -60)
        let event = Self.event(phone: nil)
        try await store.receive([event])
        let received = try await store.unsent()
        #expect(received.queued == before.queued + 1)
        #expect(try #require(received.oldest) > begun || before.oldest != nil)
        let owner = Identifier.time()
        for outcome in [Delivery.Outcome.retry(at: .now().advanced(bySeconds: -1)), .sent(at: .now())] {
            let claimed = try await store.claim(.all, by: owner, for: 30, limit: 1_000)
            let others = claimed.filter { $0.eventID != event.id }
            try await store.giveBack(others.map(\.id), by: owner)
            let mine = try #require(claimed.first { $0.eventID == event.id })
            let now = try await store.unsent()
            #expect(now.queued + now.retrying == received.queued + received.retrying, "it is not sent yet")
            #expect(now.retrying == before.retrying + Int(mine.attempts) - 1)
            try await store.finish([Delivery(notification: mine.id, outcome: outcome)], by: owner)
            if case .retry = outcome { #expect(try await store.unsent().retrying == before.retrying + 1) }
        }
        let after = try await store.unsent()
        #expect(after.queued + after.retrying == before.queued + before.retrying)
    }

    /// All of them, one after the other on one database.
    func run() async throws {
        for promise in Self.promises { try await promise.check(self) }
    }

    private func tellsAgainWhatWasAskedFor() async throws {
        let (told, other, unknown) = (Self.event(), Self.event(), Self.event())
        try await store.receive([told, other])
        #expect(try await store.ask(again: [told.id, unknown.id]) == [told.id], "only what was handled")
        try await store.withdraw([told.id, other.id])
        try await store.receive([told])
        #expect(try await of(told).count == 2, "nobody asks for it any more")
        #expect(try await store.ask(again: [told.id]) == [told.id])
        #expect(try await store.ask(again: [told.id]).isEmpty, "it waits already")
        for _ in 0..<2 { try await store.receive([told, other, told]) }
        #expect(try await of(told).map(\.repeatNumber) == [1, 1, 0, 0])
        #expect(Set(try await of(told).map(\.id)).count == 4)
        #expect(try await of(other).count == 2)
        try await store.withdraw([told.id])
        #expect(try await store.repeats(ofEvents: [told.id, other.id]) == [told.id: [1]], "what was told stays")
    }

    private func anEventMakesItsNotificationsOnce() async throws {
        let events = [
            Self.event(), Self.event(.shipped, phone: nil), Self.event(.rejected, customer: false),
        ]
        for _ in 0..<2 { try await store.receive(events + [events[0]]) }
        #expect(try await of(events[0]).map(\.channel) == [.sms, .email])
        let email = try #require(try await of(events[0]).last)
        #expect(email.kind == .orderConfirmed && email.recipient == "ada@example.com" && email.status == .queued)
        #expect(email.body.string.contains("2 x Lamp (A)  3.00 USD"))
        let bodies = try await of(events[0]).reduce(0) { $0 + $1.body.byteCount }
        #expect(try await store.sizes(ofEvents: events.map(\.id) + [.time()])[events[0].id] == bodies)
        #expect(try await store.notification(email.id) == email)
        #expect(try await of(events[1]).map(\.kind) == [.orderShipped])
        #expect(try await of(events[2]).isEmpty)
    }

    private func deliversWhatIsDue() async throws {
        let (owner, other) = (Identifier.time(), Identifier.time())
        // What others left is out of the way.
        let left = try await store.claim(.all, by: other, for: 60, limit: 100)
        try await store.finish(left.map { Delivery(notification: $0.id, outcome: .sent(at: .now())) }, by: other)
        try await store.receive([Self.event(), Self.event(phone: nil)])
        let all = try await store.claim(.all, by: owner, for: 60, limit: 100)
        #expect(all.allSatisfy { $0.attempts == 1 })
        try #require(all.count == 3)
        #expect(try await store.claim(.all, by: other, for: 60, limit: 100).isEmpty)
        let sentAt = Timestamp.now()
        try await store.finish(
            [
                Delivery(notification: all[0].id, outcome: .sent(at: sentAt)),
                Delivery(notification: all[1].id, outcome: .retry(at: sentAt)),
            ], by: other)
        #expect(try await store.notification(all[0].id)?.status == .queued, "another's claim is left alone")
        try await store.finish(
            [
                Delivery(notification: all[0].id, outcome: .sent(at: sentAt)),
                Delivery(notification: all[1].id, outcome: .retry(at: sentAt)),
                Delivery(notification: all[2].id, outcome: .failed),
            ], by: owner)
        let sent = try #require(try await store.notification(all[0].id))
        #expect(sent.status == .sent && sent.sentAt == sentAt && sent.attempts == 1)
        #expect(try await store.notification(all[2].id)?.status == .failed)
        let again = try await store.claim(.all, by: other, for: 0, limit: 100)
        #expect(again.map(\.id) == [all[1].id] && again.first?.attempts == 2)
        // Its claim of no seconds is over at once: taken up again.
        #expect(try await store.nextDue(.all) != nil)
        let third = try await store.claim(.all, by: owner, for: 60, limit: 100)
        #expect(third.map(\.id) == [all[1].id] && third.first?.attempts == 3)
        try await store.finish([Delivery(notification: all[1].id, outcome: .sent(at: sentAt))], by: owner)
        #expect(try await store.nextDue(.all) == nil)
    }

    /// As long as it waits, also for another replica; of a trace that is not recorded it is not kept.
    private func tracesAreKept() async throws {
        let traces = ["01", "00"].map { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\($0)" }
        for trace in traces {
            var event = Self.event(phone: nil)
            event.cause.traceparent = trace
            try await store.receive([event])
            let stored = try await store.notifications(of: event.order.orderID, Page(limit: 2, after: nil))
            #expect(stored.items.map(\.item.traceparent) == [trace == traces[0] ? trace : nil])
        }
        _ = try await store.claim(.all, by: .time(), for: 60, limit: 256)
    }

    private func lists() async throws {
        let (first, second) = (Self.event(), Self.event(phone: nil))
        try await store.receive([first])
        try await store.receive([second])
        let newest = try await store.notifications(of: nil, Page(limit: 2, after: nil))
        #expect(newest.items.map(\.item.orderID) == [second.order.orderID, first.order.orderID] && newest.hasMore)
        let rest = try await store.notifications(of: nil, Page(limit: 200, after: newest.items.last?.position))
        #expect(rest.items.first?.item.orderID == first.order.orderID && !rest.hasMore)
        #expect(try await store.notification(.time()) == nil)
    }

    /// However many are due: about 1 MiB is claimed, and one at least.
    private func claimsEndByBytes() async throws {
        _ = try await store.claim(.all, by: .time(), for: 60, limit: 256)
        let sizes = [300, 300, 300, 300, 300, 3_000, 1, 1]
        let due = sizes.map { size in
            Notification(
                id: .time(), orderID: .time(), eventID: nil, kind: .custom, channel: .email,
                recipient: "ada@example.com",
                subject: "long", body: ExactText(String(repeating: "n", count: size << 10)), status: .queued,
                attempts: 0,
                createdAt: .now(), sentAt: nil)
        }
        for notification in due { _ = try await store.insert([notification], key: nil, answer: []) }
        var claims: [[Identifier]] = []
        for _ in 0..<4 {
            let claim = try await store.claim(.all, by: .time(), for: 60, limit: 256)
            claims.append(claim.map(\.id))
        }
        let ids = due.map(\.id)
        #expect(claims == [Array(ids[..<4]), Array(ids[4..<6]), Array(ids[6...]), []])
    }

    /// However many are asked for: a page has about 1 MiB, and one at least.
    private func pagesEndByBytes() async throws {
        let order = Identifier.time()
        let long = (0..<3).map { _ in
            Notification(
                id: .time(), orderID: order, eventID: nil, kind: .custom, channel: .email, recipient: "ada@example.com",
                subject: "long", body: ExactText(String(repeating: "n", count: 600 << 10)), status: .sent, attempts: 1,
                createdAt: .now(), sentAt: nil)
        }
        for notification in long { _ = try await store.insert([notification], key: nil, answer: []) }
        var seen: [Identifier] = []
        var page = Page(limit: 200, after: nil)
        repeat {
            let rows = try await store.notifications(of: order, page)
            #expect(rows.items.count == 1)
            seen += rows.items.map(\.item.id)
            page.after = rows.hasMore ? rows.items.last?.position : nil
        } while page.after != nil && seen.count < 10
        #expect(seen == long.map(\.id).reversed())
        // And what audit reads.
        var position = try await store.lastPosition() - 3
        seen = []
        for _ in long {
            let page = try await store.notifications(after: position, limit: 500)
            #expect(page.count == 1)
            seen += page.map(\.notification.id)
            position = page.last?.position ?? position
        }
        #expect(seen == long.map(\.id))
    }
}
