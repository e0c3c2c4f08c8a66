import Batching
import Causes
import Identifiers
import InventoryAPI
import Pacing
import SharedWork
import Telemetry
import Tracing

/// The first stage of an order: its stock, by calls to inventory that carry many orders each. Up to four fly at once, so
/// that one stalled inventory replica does not stop the shop.
final class Reserving: Sendable {
    struct Held: Sendable {
        var outcome: ReservationOutcome
        var batch: HeldBatch
    }

    struct Wanted: Sendable {
        var reservation: ReserveCall.Reservation
        var deadline: ContinuousClock.Instant
        var cause: Cause
        var isTrial: Bool
        /// Where its trace is recorded.
        var traced: Traced?
    }

    struct Traced: Sendable {
        var context: TraceContext
        /// When it began to wait, in nanoseconds since 1970.
        var since: UInt64

        init?(_ cause: Cause) {
            guard let context = TraceContext.recorded(cause.traceparent, cause.tracestate) else { return nil }
            self.context = context
            since = SharedWork.now()
        }
    }

    /// A request with less time than this left would fail the younger ones of its call.
    private static let leastTime: Duration = .milliseconds(200)

    private let inventory: any Inventory
    private let closedBatches: ClosedBatches
    private let breaker: CircuitBreaker
    private let tracer: Tracer
    private let clock: any ServiceClock
    private let batcher: Batcher<Wanted, Result<Held, OrderError>>

    init(
        inventory: any Inventory, clock: any ServiceClock, maximumWaiting: Int, tracer: Tracer,
        figures: ReservingFigures? = nil, logger: Logger
    ) {
        self.inventory = inventory
        self.tracer = tracer
        self.clock = clock
        let closedBatches = ClosedBatches(inventory: inventory, clock: clock, logger: logger)
        let breaker = CircuitBreaker()
        self.closedBatches = closedBatches
        self.breaker = breaker
        let call = Call(
            inventory: inventory, closedBatches: closedBatches, breaker: breaker, clock: clock,
            tracer: tracer, logger: logger, figures: figures)
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

    /// Throws `.inventoryUnavailable`, `BatcherFull` when too many wait, or `DeadlinePassed`.
    func reserve(
        _ reservation: ReserveCall.Reservation, deadline: ContinuousClock.Instant, cause: Cause
    ) async throws -> Held {
        guard let passage = breaker.pass(now: clock.now) else { throw OrderError.inventoryUnavailable(breaker.reason) }
        let wanted = Wanted(
            reservation: reservation, deadline: deadline, cause: cause, isTrial: passage == .trial,
            traced: tracer.isOn ? Traced(cause) : nil)
        let result: Result<Held, OrderError>
        do throws(BatcherFull) {
            result = try await batcher.submit(wanted)
        } catch {
            throw error.reason
        }
        return try result.get()
    }

    /// One reserve call.
    struct Call: Sendable {
        let inventory: any Inventory
        let closedBatches: ClosedBatches
        let breaker: CircuitBreaker
        let clock: any ServiceClock
        let tracer: Tracer
        var figures: ReservingFigures?
        private let outage: Outage
        private let refusing: Recurring
        private let disbelief: Recurring

        init(
            inventory: any Inventory, closedBatches: ClosedBatches, breaker: CircuitBreaker, clock: any ServiceClock,
            tracer: Tracer, logger: Logger, figures: ReservingFigures? = nil
        ) {
            self.inventory = inventory
            self.closedBatches = closedBatches
            self.breaker = breaker
            self.clock = clock
            self.tracer = tracer
            self.figures = figures
            outage = Outage(
                logger, gone: "the inventory service could not be asked for stock",
                back: "the inventory service answers again")
            refusing = Recurring(
                logger, .error, "orders are refused at once until the inventory service does what it is asked")
            disbelief = Recurring(
                logger, .error, "the inventory service gave an answer that can't be; the order is refused")
        }

        func make(_ wanted: [Wanted]) async -> [Result<Held, OrderError>] {
            // What gathered behind stalled calls does not follow them one after the other.
            if breaker.isOpen, !wanted.contains(where: \.isTrial) {
                return wanted.map { _ in .failure(.inventoryUnavailable(breaker.reason)) }
            }
            let earliest = clock.now + Reserving.leastTime
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
            for case let traced? in wanted.map(\.traced) {
                tracer.waited(
                    for: "reserve call", below: traced.context, since: traced.since, until: SharedWork.now())
            }
            var spans = tracer.beginShared("POST /reservations", .client) { wanted.map { $0.traced?.context } }
            spans?.set("http.request.method", "POST")
            spans?.set("url.template", "/reservations")
            let begun = clock.now
            let call = ReserveCall(batchID: .time(), closed: closed, reservations: Self.reservations(wanted, spans))
            var cause = Cause(of: wanted.map(\.cause))
            if let context = spans?.context {
                cause.traceparent = context.traceparent
                cause.tracestate = context.state
            }
            do throws(InventoryFailure) {
                let outcomes = try await inventory.reserve(
                    call, cause: cause, deadline: deadline)
                spans?.end()
                figures?.note(orders: wanted.count, took: clock.now - begun, isAnswered: true)
                outage.works()
                _ = breaker.succeeded()
                let batch = HeldBatch(id: call.batchID, orders: wanted.count) { closedBatches.add([$0]) }
                return zip(wanted, outcomes).map { believed($1, for: $0.reservation, batch) }
            } catch {
                spans?.end(failure: error.message)
                figures?.note(orders: wanted.count, took: clock.now - begun, isAnswered: false)
                closedBatches.add(closed)
                outage.failed(error.message, ("orders", "\(wanted.count)"))
                if breaker.failed(error.reason, now: clock.now) {
                    refusing.happened(error: error.message)
                }
                return wanted.map { _ in .failure(.inventoryUnavailable(error.reason)) }
            }
        }

        /// Of several each says which trace it belongs to; of one the call does.
        private static func reservations(_ wanted: [Wanted], _ spans: SharedSpans?) -> [ReserveCall.Reservation] {
            guard wanted.count > 1 else { return wanted.map(\.reservation) }
            return wanted.enumerated().map { place, one in
                var reservation = one.reservation
                let context = spans?[place]
                reservation.traceparent = context?.traceparent ?? one.cause.traceparent
                reservation.tracestate = context == nil ? one.cause.tracestate : context?.state
                return reservation
            }
        }

        /// An order whose answer is not believed is never decided: its batch stays open, and reclaiming gives back whatever
        /// is held.
        private func believed(
            _ outcome: ReservationOutcome, for wanted: ReserveCall.Reservation, _ batch: HeldBatch
        ) -> Result<Held, OrderError> {
            guard let complaint = outcome.complaint(about: wanted) else {
                return .success(Held(outcome: outcome, batch: batch))
            }
            disbelief.happened(error: complaint, ("order_id", wanted.orderID.description))
            return .failure(.inventoryNotBelieved)
        }
    }
}
