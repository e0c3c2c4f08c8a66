import Causes
import ExactText
import HTTPAPI
import Idempotency
import Identifiers
import Shop
import Synchronization
import Telemetry
import TestClock
import TestDatabase
import Testing
import Timestamps

@testable import Orders

/// A replica of an earlier version and one of this on one database: together they make one order of one key, and a repeat of
/// what that version took gets its answer.
struct FormerRuleContract {
    let store: any OrderStore
    let former: any FormerReplica
    private let request = OrderRequest(
        customer: .init(name: "Ada", email: "ada@example.com", phone: nil),
        items: [.init(productID: "A", quantity: 2)])

    static let promises: [Promise<FormerRuleContract>] = [
        Promise("a repeat of an earlier version's order") { try await $0.aRepeatOfAnEarlierVersionsOrder() },
        Promise("an earlier version comes second") { try await $0.anEarlierVersionComesSecond() },
        Promise("an earlier version comes between") { try await $0.anEarlierVersionComesBetween() },
        Promise("an earlier version gave up and placed between") {
            try await $0.anEarlierVersionGaveUpAndPlacedBetween()
        },
        Promise("an earlier version gave up before") { try await $0.anEarlierVersionGaveUpBefore() },
        Promise("each former id is taken") { try await $0.eachFormerIDIsTaken() },
        Promise("stock of an earlier version's attempt is given back") {
            try await $0.stockOfAnEarlierVersionsAttemptIsGivenBack()
        },
        Promise("both at once") { try await $0.bothAtOnce() },
        Promise("a repeat of an erased order") { try await $0.aRepeatOfAnErasedOrder() },
    ]

    private func key(_ header: String = "\(Identifier.time())", body: String = "{}") throws -> IdempotencyKey {
        try #require(
            IdempotencyKey(
                header: header, route: "POST /orders",
                request: RequestFingerprint(
                    method: "POST", path: "/orders", body: Array(body.utf8), route: "POST /orders",
                    values: request.values)))
    }

    private func order(at now: Timestamp = .now()) throws -> Order {
        try Order.confirmed(
            .time(), customer: request.customer,
            items: [.init(productID: "A", name: "a", quantity: 2, unitPrice: Money(amount: 150, currency: "USD"))],
            at: now)
    }

    private func withPlacement(_ body: (OrderPlacement, MemoryInventory) async throws -> Void) async throws {
        let clock = TestClock()
        let stock = MemoryInventory(clock)
        let placement = OrderPlacement(
            inventory: stock, store: store, secret: try await store.keySecret(), clock: clock, maximumWaiting: 1_000,
            logger: .silent, committed: {})
        try await body(placement, stock)
        await placement.stop()
    }

    private func place(_ key: IdempotencyKey, by placement: OrderPlacement) async throws -> OrderPlacement.PlacedOrder {
        try await placement.place(request, key: key, cause: .unknown)
    }

    /// Confirmed orders of this key, by either rule.
    private func orders(of key: IdempotencyKey) async throws -> Int {
        let secret = try await store.keySecret()
        var count = 0
        for attempt in 0..<5 {
            for id in key.formerIdentifiers(attempt: attempt) + [secret.identifier(of: key, attempt: attempt)] {
                if let order = try await store.order(id), order.status != .rejected { count += 1 }
            }
        }
        return count
    }

    private func aRepeatOfAnEarlierVersionsOrder() async throws {
        try await withPlacement { placement, stock in
            for (sent, repeated) in [("a", "a"), ("\"b\"", "b"), ("c", "\"c\"")] {
                let name = "\(Identifier.time())"
                func key(_ spelling: String) throws -> IdempotencyKey {
                    try self.key(spelling.replacing(#/[abc]/#, with: name))
                }
                #expect(try await former.place(try order(), try key(sent)))
                let answer = try await place(try key(repeated), by: placement)
                #expect(try answer.isReplayed && answer.order.orderID == key(sent).formerIdentifier())
                // Of that version's requests the bytes are known, and nothing else.
                let other = try self.key(name, body: "{ }")
                await #expect(throws: OrderError.keyReused) { try await place(other, by: placement) }
                #expect(try await orders(of: try key(sent)) == 1)
            }
            #expect(stock.calls.isEmpty, "something was reserved for a repeat")
        }
    }

    /// The customer's shop may try again what it sent before its customer was forgotten: that must not order anew.
    private func aRepeatOfAnErasedOrder() async throws {
        let erasure = try #require(store as? any OrderErasure)
        try await withPlacement { placement, _ in
            let (before, today) = (try key(), try key())
            #expect(try await former.place(try order(), before))
            let placed = try await place(today, by: placement).order.orderID
            try await erasure.erase([before.formerIdentifier(), placed])
            for key in [before, today] {
                await #expect(throws: OrderError.keyReused) { try await place(key, by: placement) }
                #expect(try await orders(of: key) == 1)
            }
        }
    }

    private func anEarlierVersionComesSecond() async throws {
        try await withPlacement { placement, _ in
            let key = try key()
            #expect(try await !place(key, by: placement).isReplayed)
            await #expect(throws: (any Error).self) { try await former.place(try order(), key) }
            #expect(try await place(key, by: placement).isReplayed)
            #expect(try await orders(of: key) == 1)
        }
    }

    /// After this version looked, and before it stored.
    private func anEarlierVersionComesBetween() async throws {
        let clock = TestClock()
        let stock = MemoryInventory(clock)
        let key = try key()
        let secret = try await store.keySecret()
        let late = LateStore(store: store) { try? await former.place(try order(), key) }
        let placement = OrderPlacement(
            inventory: stock, store: late, secret: secret, clock: clock, maximumWaiting: 10, logger: .silent,
            committed: {})
        let answer = try await place(key, by: placement)
        #expect(answer.isReplayed && answer.order.orderID == key.formerIdentifier())
        #expect(stock.released == [secret.identifier(of: key, attempt: 0)])
        #expect(try await orders(of: key) == 1)
        await placement.stop()
    }

    /// After this version looked: under the key's first id it was interrupted, and under the second it placed the order.
    private func anEarlierVersionGaveUpAndPlacedBetween() async throws {
        let clock = TestClock()
        let stock = MemoryInventory(clock)
        let key = try key()
        let secret = try await store.keySecret()
        let late = LateStore(store: store) {
            _ = try? await store.rejectInterrupted([Order.interrupted(key.formerIdentifier(), items: [], at: .now())])
            return try? await former.place(try order(), key, attempt: 1)
        }
        let placement = OrderPlacement(
            inventory: stock, store: late, secret: secret, clock: clock, maximumWaiting: 10, logger: .silent,
            committed: {})
        let answer = try await place(key, by: placement)
        #expect(answer.isReplayed && answer.order.orderID == key.formerIdentifier(attempt: 1))
        #expect(stock.released == [secret.identifier(of: key, attempt: 0)])
        #expect(try await orders(of: key) == 1)
        await placement.stop()
    }

    private func anEarlierVersionGaveUpBefore() async throws {
        try await withPlacement { placement, _ in
            let key = try key()
            let ids = (0..<2).map { key.formerIdentifier(attempt: $0) }
            _ = try await store.rejectInterrupted([Order.interrupted(ids[0], items: [], at: .now())])
            // One that is older than a day counts no more either.
            #expect(try await former.place(try order(at: .now().advanced(bySeconds: -90_000)), key, attempt: 1))
            #expect(try await !place(key, by: placement).isReplayed)
            // It goes on behind both, and runs into this version's.
            await #expect(throws: (any Error).self) { try await former.place(try order(), key, attempt: 2) }
            #expect(try await place(key, by: placement).isReplayed)
            #expect(try await orders(of: key) == 2)
        }
    }

    /// Somebody guessed the key, and saw to it that an earlier version would place nothing under it.
    private func eachFormerIDIsTaken() async throws {
        try await withPlacement { placement, _ in
            let key = try key()
            let ids = (0..<100).map { key.formerIdentifier(attempt: $0) }
            _ = try await store.rejectInterrupted(ids.map { Order.interrupted($0, items: [], at: .now()) })
            #expect(try await !place(key, by: placement).isReplayed)
            #expect(try await place(key, by: placement).isReplayed)
        }
    }

    private func stockOfAnEarlierVersionsAttemptIsGivenBack() async throws {
        try await withPlacement { placement, _ in
            let key = try key()
            _ = try await place(key, by: placement)
            // It had reserved, and can't store any more.
            let abandoned = Order.interrupted(key.formerIdentifier(), items: [], at: .now())
            #expect(try await store.rejectInterrupted([abandoned]) == [abandoned.orderID])
            #expect(try await store.rejectInterrupted([abandoned]) == [abandoned.orderID])
            await #expect(throws: (any Error).self) { try await former.place(try order(), key) }
            #expect(try await orders(of: key) == 1)
        }
    }

    private func bothAtOnce() async throws {
        try await withPlacement { placement, _ in
            let keys = try (0..<50).map { _ in try key() }
            let mine = Placed()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in keys {
                    group.addTask { if try await !place(key, by: placement).isReplayed { await mine.add() } }
                    group.addTask { if (try? await former.place(try order(), key)) == true { await mine.add() } }
                }
                try await group.waitForAll()
            }
            #expect(await mine.count == keys.count)
            for key in keys {
                #expect(try await orders(of: key) == 1)
                #expect(try await place(key, by: placement).isReplayed)
            }
        }
    }

    private actor Placed {
        private(set) var count = 0
        func add() { count += 1 }
    }
}
