import Batching
import Events
import Identifiers
import InventoryAPI
import ServiceHost
import Telemetry

/// The first stage of an order: its stock, by calls to inventory that carry many orders each. Up to four fly at once, so
/// that one stalled inventory replica does not stop the shop.
final class Reserving: Sendable {
    struct Held: Sendable {
        var outcome: ReservationOutcome
        var batch: HeldBatch
    }

    private struct Wanted: Sendable {
        var reservation: ReserveCall.Reservation
        var deadline: ContinuousClock.Instant
        var traceparent: String?
        var isTrial: Bool
    }

    /// A request with less time than this left would fail the younger ones of its call.
    private static let leastTime: Duration = .milliseconds(200)

    private let inventory: any Inventory
    private let closedBatches: ClosedBatches
    private let breaker: CircuitBreaker
    private let batcher: Batcher<Wanted, Result<Held, OrderError>>

    init(inventory: any Inventory, maximumWaiting: Int, logger: Logger) {
        self.inventory = inventory
        let closedBatches = ClosedBatches(inventory: inventory, logger: logger)
        let breaker = CircuitBreaker()
        self.closedBatches = closedBatches
        self.breaker = breaker
        let call = Call(inventory: inventory, closedBatches: closedBatches, breaker: breaker, logger: logger)
        batcher = Batcher(
            "reserve",
            limits: .init(
                maximumRequests: ReserveCall.maximumOrders, maximumWeight: ReserveCall.maximumLines,
                maximumWaiting: maximumWaiting, concurrency: 4),
            weight: { $0.reservation.items.count }, process: { await call.make($0) })
    }

    func start() { closedBatches.start() }

    /// Nothing new from now on; returns when no call is in flight.
    func close() async { await batcher.close() }

    /// After `close`, and after what was held is decided.
    func stop() async { await closedBatches.stop() }

    /// Throws `.inventoryUnavailable`, a `Problem` when too many wait, or `DeadlinePassed`.
    func reserve(
        _ reservation: ReserveCall.Reservation, deadline: ContinuousClock.Instant, traceparent: String?
    ) async throws -> Held {
        guard let passage = breaker.pass() else { throw OrderError.inventoryUnavailable(breaker.reason) }
        let wanted = Wanted(
            reservation: reservation, deadline: deadline, traceparent: traceparent, isTrial: passage == .trial)
        let result: Result<Held, OrderError>
        do throws(BatcherFull) {
            result = try await batcher.submit(wanted)
        } catch {
            throw error.reason
        }
        return try result.get()
    }

    /// One reserve call.
    private struct Call: Sendable {
        let inventory: any Inventory
        let closedBatches: ClosedBatches
        let breaker: CircuitBreaker
        let logger: Logger

        func make(_ wanted: [Wanted]) async -> [Result<Held, OrderError>] {
            // What gathered behind stalled calls does not follow them one after the other.
            if breaker.isOpen, !wanted.contains(where: \.isTrial) {
                return wanted.map { _ in .failure(.inventoryUnavailable(breaker.reason)) }
            }
            let earliest = ContinuousClock.now + Reserving.leastTime
            let inTime = wanted.filter { $0.deadline >= earliest }
            guard let deadline = inTime.map(\.deadline).min() else {
                return wanted.map { _ in .failure(.inventoryUnavailable("answers too slowly")) }
            }
            var outcomes = await send(inTime, deadline: deadline).makeIterator()
            return wanted.map { one in
                guard one.deadline >= earliest, let outcome = outcomes.next() else {
                    return .failure(.inventoryUnavailable("answers too slowly"))
                }
                return outcome
            }
        }

        private func send(
            _ wanted: [Wanted], deadline: ContinuousClock.Instant
        ) async -> [Result<Held, OrderError>] {
            let closed = closedBatches.take()
            let call = ReserveCall(batchID: .time(), closed: closed, reservations: wanted.map(\.reservation))
            do throws(InventoryFailure) {
                let outcomes = try await inventory.reserve(
                    call, traceparent: wanted.first?.traceparent, deadline: deadline)
                if breaker.succeeded() { logger.notice("the inventory service answers again") }
                let batch = HeldBatch(id: call.batchID, orders: wanted.count) { closedBatches.add([$0]) }
                return zip(wanted, outcomes).map { believed($1, for: $0.reservation, batch) }
            } catch {
                closedBatches.add(closed)
                logger.warning(
                    "the inventory service could not be asked for stock",
                    ["orders": "\(wanted.count)", "error": error.message])
                if breaker.failed(error.reason) {
                    logger.error("the inventory service does not answer: orders are refused at once until it does")
                }
                return wanted.map { _ in .failure(.inventoryUnavailable(error.reason)) }
            }
        }

        /// An order whose answer is not believed is never decided: its batch stays open, and settling gives back whatever
        /// is held.
        private func believed(
            _ outcome: ReservationOutcome, for wanted: ReserveCall.Reservation, _ batch: HeldBatch
        ) -> Result<Held, OrderError> {
            guard let complaint = outcome.complaint(about: wanted) else {
                return .success(Held(outcome: outcome, batch: batch))
            }
            logger.error(
                "the inventory service gave an answer that can't be; the order is refused",
                ["order_id": wanted.orderID.description, "error": complaint])
            return .failure(.inventoryNotBelieved)
        }
    }
}
