import Batching
import Events
package import Identifiers
import InventoryAPI
import ServiceHost
package import Telemetry
import Timestamps

/// How an order comes to be: reserve its stock by a call to inventory, then store it, confirmed, with its event.
///
/// The two are stages of their own, each in batches. While a reserve call flies, arriving orders gather for the next; up
/// to four fly at once, so that one stalled inventory replica does not stop the shop. One commit serves what was reserved
/// while the last one ran.
package final class OrderPlacement: Sendable {
    /// What a customer waits at most for the inventory service, counted from the request's arrival.
    package static let inventoryDeadline: Duration = .seconds(2)

    private struct Wanted: Sendable {
        var reservation: ReserveCall.Reservation
        var deadline: ContinuousClock.Instant
        var traceparent: String?
    }
    private struct Held: Sendable {
        var outcome: ReservationOutcome
        var batch: HeldBatch
    }
    private typealias Reserved = Result<Held, OrderError>
    private typealias Stored = Result<ConfirmOutcome, any Error>

    private let inventory: any Inventory
    private let closedBatches: ClosedBatches
    private let reserving: Batcher<Wanted, Reserved>
    private let storing: Batcher<ConfirmedOrder, Stored>
    private let logger: Logger

    package init(
        inventory: any Inventory, store: any OrderStore, maximumWaiting: Int, logger: Logger,
        committed: @escaping @Sendable () -> Void
    ) {
        self.inventory = inventory
        self.logger = logger
        let closedBatches = ClosedBatches(inventory: inventory, logger: logger)
        self.closedBatches = closedBatches
        reserving = Batcher(
            "reserve",
            limits: .init(
                maximumRequests: ReserveCall.maximumOrders, maximumWeight: ReserveCall.maximumLines,
                maximumWaiting: maximumWaiting, concurrency: 4),
            weight: { $0.reservation.items.count },
            process: { await Self.reserve($0, inventory, closedBatches, logger) })
        storing = Batcher(
            "confirm",
            limits: .init(
                maximumRequests: ReserveCall.maximumOrders, maximumWeight: ReserveCall.maximumLines,
                maximumWaiting: maximumWaiting, concurrency: 1),
            weight: { $0.order.document.items.count }
        ) { orders in
            do {
                let outcomes = try await store.confirm(orders)
                committed()
                return outcomes.map { .success($0) }
            } catch {
                return orders.map { _ in .failure(error) }
            }
        }
    }

    package func start() { closedBatches.start() }

    package func stop() async {
        await reserving.close()
        await storing.close()
        await closedBatches.stop()
    }

    /// Answers the confirmed order as JSON. Throws an `OrderError`, a `Problem` when too many wait, or the store's
    /// error.
    package func place(
        _ request: OrderRequest, as id: Identifier, arrival: ContinuousClock.Instant, trace: TraceContext
    ) async throws -> [UInt8] {
        let traceparent = trace.traceparent
        let held = try await submit(
            Wanted(
                reservation: .init(orderID: id, items: request.items), deadline: arrival + Self.inventoryDeadline,
                traceparent: traceparent), to: reserving
        ).get()
        let items = try await reservedItems(held, id: id)
        let order: Order
        do throws(OrderError) {
            order = try Order.confirmed(id, customer: request.customer, items: items, at: .now())
        } catch {
            await release(id, held.batch)
            throw error
        }
        let confirmed = ConfirmedOrder(order: order, json: order.document.json(), traceparent: traceparent)
        // From here on an error leaves the batch open: whether the commit happened is for settling to find out.
        switch try await submit(confirmed, to: storing).get() {
        case .confirmed:
            held.batch.decided()
            return confirmed.json
        case .known(let known):
            held.batch.decided()
            guard known.document.status != .rejected else { throw OrderError.interrupted }
            return known.document.json()
        }
    }

    private func submit<Request, Outcome>(
        _ request: Request, to batcher: Batcher<Request, Outcome>
    ) async throws -> Outcome {
        do throws(BatcherFull) {
            return try await batcher.submit(request)
        } catch {
            throw Problem.tooBusy
        }
    }

    private func reservedItems(_ held: Held, id: Identifier) async throws(OrderError) -> [OrderDocument.Item] {
        if case .reserved(let items) = held.outcome { return items }
        // Nothing is held for this order by this call.
        held.batch.decided()
        switch held.outcome {
        case .shortages(let shortages): throw .notEnoughStock(shortages)
        case .unknownProducts(let products): throw .unknownProducts(products)
        case .reserved, .released, .conflict: throw .interrupted
        }
    }

    /// Gives the stock back. Where that fails, settling does it.
    private func release(_ id: Identifier, _ batch: HeldBatch) async {
        do throws(InventoryFailure) {
            try await inventory.release([id], deadline: .now + .seconds(2))
            batch.decided()
        } catch {
            logger.debug("stock could not be released; settling will", ["error": error.message])
        }
    }

    private static func reserve(
        _ wanted: [Wanted], _ inventory: any Inventory, _ closedBatches: ClosedBatches, _ logger: Logger
    ) async -> [Reserved] {
        let closed = closedBatches.take()
        let call = ReserveCall(batchID: .time(), closed: closed, reservations: wanted.map(\.reservation))
        // They arrived within one flight of each other, so the first deadline is close to the last.
        let deadline = wanted.map(\.deadline).min() ?? .now
        do throws(InventoryFailure) {
            let outcomes = try await inventory.reserve(
                call, traceparent: wanted.first?.traceparent, deadline: deadline)
            let batch = HeldBatch(id: call.batchID, orders: wanted.count) { closedBatches.add([$0]) }
            return outcomes.map { .success(Held(outcome: $0, batch: batch)) }
        } catch {
            closedBatches.add(closed)
            logger.warning(
                "the inventory service could not be asked for stock",
                ["orders": "\(wanted.count)", "error": error.message])
            return wanted.map { _ in .failure(.inventoryUnavailable(error.message)) }
        }
    }
}
