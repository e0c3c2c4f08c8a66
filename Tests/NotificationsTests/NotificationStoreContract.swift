import Events
import ExactText
import Identifiers
import Inbox
import ServiceHost
import Testing
import Timestamps

@testable import Notifications

/// What every notification store promises, whatever the engine.
struct NotificationStoreContract {
    let store: any NotificationStore & RepeatRequests & NotificationReader

    static func event(
        _ kind: OrderEvent.Kind = .confirmed, phone: ExactText? = "+44 20 7946 0000", customer: Bool = true
    ) -> OrderEvent {
        let now = Timestamp(milliseconds: 1_767_225_600_000)
        let item = OrderDocument.Item(
            productID: "A", name: "Lamp", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))
        return OrderEvent(
            id: .time(), kind: kind, time: now, traceparent: nil,
            order: OrderDocument(
                orderID: .time(), status: .confirmed,
                customer: customer ? .init(name: "Ada", email: "ada@example.com", phone: phone) : nil, items: [item],
                total: Money(amount: 300, currency: "USD"), createdAt: now, updatedAt: now, reason: nil))
    }

    private func of(_ event: OrderEvent) async throws -> [Notification] {
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
        _ = try await reader.entered([notification.orderID])
        _ = try await reader.inbox(after: nil, limit: 10)
    }

    func run() async throws {
        try await anEventMakesItsNotificationsOnce()
        try await deliversWhatIsDue()
        try await lists()
        try await tellsAgainWhatWasAskedFor()
        try await pagesEndByBytes()
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
        #expect(try await store.notification(email.id) == email)
        #expect(try await of(events[1]).map(\.kind) == [.orderShipped])
        #expect(try await of(events[2]).isEmpty)
    }

    private func deliversWhatIsDue() async throws {
        let (owner, other) = (Identifier.time(), Identifier.time())
        let all = try await store.claim(by: owner, for: 60, limit: 100)
        #expect(all.count == 3 && all.allSatisfy { $0.attempts == 1 })
        #expect(try await store.claim(by: other, for: 60, limit: 100).isEmpty)
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
        let again = try await store.claim(by: other, for: 0, limit: 100)
        #expect(again.map(\.id) == [all[1].id] && again.first?.attempts == 2)
        // Its claim of no seconds is over at once: taken up again.
        #expect(try await store.nextDue() != nil)
        let third = try await store.claim(by: owner, for: 60, limit: 100)
        #expect(third.map(\.id) == [all[1].id] && third.first?.attempts == 3)
        try await store.finish([Delivery(notification: all[1].id, outcome: .sent(at: sentAt))], by: owner)
        #expect(try await store.nextDue() == nil)
    }

    private func lists() async throws {
        let newest = try await store.notifications(of: nil, Page(limit: 2, after: nil))
        #expect(newest.items.count == 2 && newest.hasMore)
        let rest = try await store.notifications(of: nil, Page(limit: 2, after: newest.items[1].position))
        #expect(rest.items.count == 1 && !rest.hasMore)
        #expect(try await store.notification(.time()) == nil)
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
    }
}
