import Batching
import Events
package import Idempotency
package import Identifiers
import InventoryAPI
import ServiceHost
package import Telemetry
import Timestamps

/// How an order comes to be: reserve its stock by a call to inventory, then store it, confirmed, with its event.
///
/// The two are stages of their own, each in batches: one commit serves what was reserved while the last one ran.
package final class OrderPlacement: Sendable {
    /// What a customer waits at most for the inventory service, once the request has come as a whole: what a slow line takes
    /// is no fault of inventory's.
    package static let inventoryDeadline: Duration = .seconds(2)
    /// How often an order may be made anew under one key, after settling gave it up or the key outlived itself.
    private static let mostAttempts = 100

    private let inventory: any Inventory
    private let store: any OrderStore
    private let reserving: Reserving
    private let storing: TransactionBatcher<ConfirmedOrder, ConfirmOutcome>
    private let logger: Logger
    private let committed: @Sendable () -> Void

    package init(
        inventory: any Inventory, store: any OrderStore, maximumWaiting: Int, logger: Logger,
        committed: @escaping @Sendable () -> Void
    ) {
        self.inventory = inventory
        self.store = store
        self.logger = logger
        self.committed = committed
        reserving = Reserving(inventory: inventory, maximumWaiting: maximumWaiting, logger: logger)
        storing = TransactionBatcher(
            "confirm",
            limits: .init(
                maximumRequests: ReserveCall.maximumOrders, maximumWeight: ReserveCall.maximumLines,
                maximumWaiting: maximumWaiting, concurrency: 1),
            weight: { $0.order.document.items.count }
        ) { orders in
            let outcomes = try await store.confirm(orders)
            committed()
            return outcomes
        }
    }

    package func start() { reserving.start() }

    package func stop() async {
        await reserving.close()
        await storing.close()
        await reserving.stop()
    }

    /// One order that someone asks for.
    private struct Asked: Sendable {
        var request: OrderRequest
        var key: IdempotencyKey?
        var deadline: ContinuousClock.Instant
        var traceparent: String
    }

    /// Answers the confirmed order as JSON, and its id. Throws an `OrderError`, a `Problem` when too many wait, or the
    /// store's error.
    ///
    /// With a key the id is made from it, so a repeat finds what the first attempt reserved and stored, on whatever
    /// replica. Where that attempt was given up, the next id of the key is tried.
    package func place(
        _ request: OrderRequest, key: IdempotencyKey?, trace: TraceContext
    ) async throws -> (id: Identifier, answer: FirstAnswer) {
        let asked = Asked(
            request: request, key: key, deadline: .now + Self.inventoryDeadline, traceparent: trace.traceparent)
        for attempt in 0..<(key == nil ? 1 : Self.mostAttempts) {
            let id = key?.identifier(attempt: attempt) ?? .time()
            if let answer = try await self.attempt(asked, as: id) { return (id, answer) }
            if ContinuousClock.now >= asked.deadline { break }
        }
        throw OrderError.interrupted
    }

    /// nil: the order of this id was given up, or its key counts no more.
    private func attempt(_ asked: Asked, as id: Identifier) async throws -> FirstAnswer? {
        let held: Reserving.Held
        do {
            held = try await reserving.reserve(
                .init(orderID: id, items: asked.request.items), deadline: asked.deadline,
                traceparent: asked.traceparent)
        } catch let error as OrderError {
            // What is stored can be answered without the inventory service.
            guard asked.key != nil, let known = try await store.order(id) else { throw error }
            return try firstAnswer(of: known, asked)
        }
        guard case .reserved(let items) = held.outcome else {
            // Nothing is held for this order by this call.
            held.batch.decided()
            return try await refused(held.outcome, asked, id)
        }
        let order: Order
        do throws(OrderError) {
            order = try Order.confirmed(
                id, customer: asked.request.customer, items: items, requestHash: asked.key?.request, at: .now())
        } catch {
            await release(id, held.batch, deadline: asked.deadline)
            throw error
        }
        // From here on an error leaves the batch open: whether the commit happened is for settling to find out.
        let confirmed = ConfirmedOrder(order: order, json: order.document.json(), traceparent: asked.traceparent)
        switch try await storing.submit(confirmed) {
        case .confirmed:
            held.batch.decided()
            return FirstAnswer(body: confirmed.json, isReplayed: false)
        case .known(let known):
            // Settling gave it up; whether it came to releasing the stock is for settling to look at again.
            if known.document.status != .rejected { held.batch.decided() }
            return try firstAnswer(of: known, asked)
        }
    }

    /// What a repeat is answered whose order is stored; nil when that order does not count.
    private func firstAnswer(of known: Order, _ asked: Asked) throws(OrderError) -> FirstAnswer? {
        guard known.document.status != .rejected, known.isRemembered(at: .now()) else { return nil }
        guard known.requestHash == asked.key?.request else { throw .keyReused }
        return FirstAnswer(body: known.asConfirmed.json(), isReplayed: true)
    }

    private func refused(_ outcome: ReservationOutcome, _ asked: Asked, _ id: Identifier) async throws -> FirstAnswer? {
        switch outcome {
        case .shortages(let shortages): throw OrderError.notEnoughStock(shortages)
        case .unknownProducts(let products): throw OrderError.unknownProducts(products)
        case .reserved, .released, .conflict: break
        }
        guard asked.key != nil else { throw OrderError.interrupted }
        if let known = try await store.order(id) { return try firstAnswer(of: known, asked) }
        // Stock is held for other items under this key: another request is on its way, or was interrupted.
        if case .conflict = outcome { throw OrderError.keyReused }
        // Released before anybody stored it. Its row makes that final, so that no attempt that still runs confirms it.
        _ = try await store.settle([Order.interrupted(id, items: [], at: .now())])
        committed()
        return nil
    }

    /// Gives the stock back. Where that fails, settling does it.
    private func release(_ id: Identifier, _ batch: HeldBatch, deadline: ContinuousClock.Instant) async {
        do throws(InventoryFailure) {
            try await inventory.release([id], deadline: deadline)
            batch.decided()
        } catch {
            logger.debug("stock could not be released; settling will", ["error": error.message])
        }
    }
}
