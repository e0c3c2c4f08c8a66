package import Causes
package import Idempotency
import Identifiers
import InventoryAPI
package import Pacing
import Shop
package import Telemetry
import Timestamps
package import Tracing

/// How an order comes to be: reserve its stock by a call to inventory, then store it, confirmed, with its event.
///
/// The two are stages of their own, and either gathers: one call, and one commit, serve what came while the last one ran.
package final class OrderPlacement: Sendable {
    /// What a customer waits at most for the inventory service, once the request has come as a whole: what a slow line takes
    /// is no fault of inventory's.
    package static let inventoryDeadline: Duration = .seconds(2)
    /// How often an order may be made anew under one key, after reclaiming gave it up or the key outlived itself.
    private static let mostAttempts = 100

    private let inventory: any Inventory
    private let store: any OrderStore
    private let secret: KeySecret
    private let former: FormerOrders
    private let reserving: Reserving
    private let clock: any ServiceClock
    private let logger: Logger
    private let committed: @Sendable () -> Void

    package init(
        inventory: any Inventory, store: any OrderStore, secret: KeySecret, clock: any ServiceClock = SystemClock(),
        maximumWaiting: Int, tracer: Tracer = .off, metrics: Metrics? = nil, logger: Logger,
        committed: @escaping @Sendable () -> Void
    ) {
        self.inventory = inventory
        self.store = store
        self.secret = secret
        former = FormerOrders(store: store, since: secret.madeAt)
        self.clock = clock
        self.logger = logger
        self.committed = committed
        reserving = Reserving(
            inventory: inventory, clock: clock, maximumWaiting: maximumWaiting, tracer: tracer,
            figures: metrics.map(ReservingFigures.init), logger: logger)
    }

    /// Closes decided batches from now on, also where no next reserve call carries them.
    package func start() { reserving.start() }

    /// Refuses what comes from now on; returns when nothing is asked of inventory any more. What is being stored then is stored
    /// before the store's database closes, and its batch left to reclaiming.
    package func stop() async {
        await reserving.close()
        await reserving.stop()
    }

    /// An order as its customer is answered.
    package struct PlacedOrder: Sendable, Hashable {
        /// As it was when it was placed.
        package var order: Order
        /// Whether an earlier request of the same key placed it.
        package var isReplayed: Bool
    }

    /// One order that someone asks for.
    private struct Asked: Sendable {
        var request: OrderRequest
        var key: IdempotencyKey?
        var deadline: ContinuousClock.Instant
        var cause: Cause
    }

    /// Answers the confirmed order. Throws an `OrderError`, `BatcherFull` when too many wait for a reserve call, or the store's error.
    ///
    /// With a key the id is made from it and the secret, so a repeat finds what the first attempt reserved and stored, on
    /// whatever replica, and nobody else does. Where that attempt was given up, the next id of the key is tried.
    package func place(
        _ request: OrderRequest, key: IdempotencyKey?, cause: Cause
    ) async throws -> PlacedOrder {
        // Before anything is reserved.
        if let key, former.mayCount(at: clock.time), let order = try await former.order(of: key, at: clock.time),
            let placed = try placed(order, key)
        {
            return placed
        }
        let asked = Asked(
            request: request, key: key, deadline: clock.now + Self.inventoryDeadline, cause: cause)
        for attempt in 0..<(key == nil ? 1 : Self.mostAttempts) {
            let id = key.map { secret.identifier(of: $0, attempt: attempt) } ?? .time()
            if let placed = try await self.attempt(asked, as: id) { return placed }
            if clock.now >= asked.deadline { break }
        }
        throw OrderError.interrupted
    }

    /// What the same request placed before under this key; nil: nothing. Throws the store's error.
    package func placed(before key: IdempotencyKey) async throws -> PlacedOrder? {
        guard let known = try await stored(key), Self.isRepeat(of: known, key) else { return nil }
        return PlacedOrder(order: known.asConfirmed, isReplayed: true)
    }

    /// The order of this key that counts, by today's rule or the former one.
    private func stored(_ key: IdempotencyKey) async throws -> Order? {
        for attempt in 0..<Self.mostAttempts {
            guard let known = try await store.order(secret.identifier(of: key, attempt: attempt)) else { break }
            if known.counts(at: clock.time) { return known }
        }
        return try await former.order(of: key, at: clock.time)
    }

    private static func isRepeat(of known: Order, _ key: IdempotencyKey?) -> Bool {
        guard let kept = known.requestHash else { return key == nil }
        return key?.request.isRepeat(of: kept) ?? false
    }

    /// nil: the order of this id was given up, or its key counts no more.
    private func attempt(_ asked: Asked, as id: Identifier) async throws -> PlacedOrder? {
        let held: Reserving.Held
        do {
            held = try await reserving.reserve(
                .init(orderID: id, items: asked.request.items, expectedTotal: asked.request.expectedTotal),
                deadline: asked.deadline, cause: asked.cause)
        } catch let error as OrderError {
            // What is stored can be answered without the inventory service.
            guard let known = try await self.known(asked, as: id) else { throw error }
            return try placed(known, asked.key)
        }
        guard case .reserved(let items) = held.outcome else {
            // Nothing is held for this order by this call.
            held.batch.decided()
            return try await refused(held.outcome, asked, id)
        }
        // An inventory service of an earlier version reserves at any price. Its answer may be that to an earlier request of this key, whose
        // stock can't be given back here: reclaiming does it, where no order has it.
        if let expected = asked.request.expectedTotal, let total = OrderItem.total(items), total != expected {
            throw OrderError.otherTotal(items)
        }
        var order: Order
        do throws(OrderError) {
            order = try Order.confirmed(
                id, customer: asked.request.customer, items: items, details: asked.request.details,
                requestHash: asked.key?.request.kept, by: asked.cause.caller, at: clock.time)
            order.formerID = asked.key?.formerIdentifier()
        } catch {
            await release(id, held.batch, asked)
            throw error
        }
        return try await store(order, asked, held.batch)
    }

    /// An error leaves the batch open: whether the commit happened is for reclaiming to find out.
    private func store(_ order: Order, _ asked: Asked, _ batch: HeldBatch) async throws -> PlacedOrder? {
        var order = order
        while true {
            let confirmed = ConfirmedOrder(
                order, traceparent: asked.cause.traceparent, tracestate: asked.cause.tracestate)
            switch try await store.confirm([confirmed], committed: committed)[0] {
            case .confirmed:
                batch.decided()
                return PlacedOrder(order: order, isReplayed: false)
            case .known(let known) where known.orderID == order.orderID || known.counts(at: clock.time):
                return try await answer(known, order.orderID, asked, batch)
            case .known:
                // Its former id is taken by an order that counts no more.
                guard let key = asked.key, clock.now < asked.deadline else { throw OrderError.interrupted }
                switch try await former.next(of: key, at: clock.time) {
                case .answer(let known): return try await answer(known, order.orderID, asked, batch)
                case .place(let id): order.formerID = id
                }
            }
        }
    }

    /// Answers what was stored first: under this id, or by an earlier version, beside this one or before.
    private func answer(
        _ known: Order, _ id: Identifier, _ asked: Asked, _ batch: HeldBatch
    ) async throws -> PlacedOrder? {
        if known.orderID != id {
            await release(id, batch, asked)
        } else if known.status != .rejected {
            // Where reclaiming gave it up, whether it came to releasing the stock is for reclaiming to look at again.
            batch.decided()
        }
        return try placed(known, asked.key)
    }

    /// What is stored under this id, or was by an earlier version under this key; nil without a key.
    private func known(_ asked: Asked, as id: Identifier) async throws -> Order? {
        guard let key = asked.key else { return nil }
        if let known = try await store.order(id) { return known }
        return try await former.order(of: key, at: clock.time)
    }

    /// What a repeat is answered whose order is stored; nil when that order does not count.
    private func placed(_ known: Order, _ key: IdempotencyKey?) throws(OrderError) -> PlacedOrder? {
        guard known.counts(at: clock.time) else { return nil }
        guard Self.isRepeat(of: known, key) else { throw .keyReused }
        return PlacedOrder(order: known.asConfirmed, isReplayed: true)
    }

    private func refused(_ outcome: ReservationOutcome, _ asked: Asked, _ id: Identifier) async throws -> PlacedOrder? {
        if let known = try await known(asked, as: id) { return try placed(known, asked.key) }
        switch outcome {
        case .shortages(let shortages): throw OrderError.notEnoughStock(shortages)
        case .unknownProducts(let products): throw OrderError.unknownProducts(products)
        case .archivedProducts(let products): throw OrderError.archivedProducts(products)
        case .otherTotal(let items): throw OrderError.otherTotal(items)
        case .reserved, .released, .conflict: break
        }
        guard asked.key != nil else { throw OrderError.interrupted }
        // Stock is held for other items under this key: another request is on its way, or was interrupted.
        if case .conflict(isSold: false) = outcome { throw OrderError.keyReused }
        // Released, or sold to somebody else, before anybody stored it. Its row makes that final, so that no attempt that still
        // runs confirms it; where it came too late, that attempt was this order's.
        let given = try await store.rejectInterrupted([
            Order.interrupted(id, items: [], by: asked.cause.caller, at: clock.time)
        ])
        committed()
        guard given.isEmpty, let known = try await store.order(id) else { return nil }
        return try placed(known, asked.key)
    }

    /// Gives the stock back. Where that fails, reclaiming does it.
    private func release(_ id: Identifier, _ batch: HeldBatch, _ asked: Asked) async {
        do throws(InventoryFailure) {
            try await inventory.release([id], cause: asked.cause, deadline: asked.deadline)
            batch.decided()
        } catch {
            logger.debug("stock could not be released; reclaiming will", ["error": error.message])
        }
    }
}
