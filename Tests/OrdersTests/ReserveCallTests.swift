import Causes
import Identifiers
import InventoryAPI
import Shop
import Telemetry
import TestClock
import Testing

@testable import Orders
@testable import Tracing

/// One reserve call for several orders: what each of them is answered.
@Suite(.timeLimit(.minutes(5))) struct ReserveCallTests {
    private let clock = TestClock()
    private let breaker = CircuitBreaker()
    private let inventory: MemoryInventory
    private let closed: ClosedBatches
    private let call: Reserving.Call
    private let spans = SpanQueue(capacity: 100, batch: 100)

    init() {
        inventory = MemoryInventory(clock) { wanted in
            switch wanted.items.first?.productID {
            case "NONE": .unknownProducts(["NONE"])
            case "WRONG": .reserved([])
            default: nil
            }
        }
        closed = ClosedBatches(inventory: inventory, clock: clock, logger: .silent)
        call = Reserving.Call(
            inventory: inventory, closedBatches: closed, breaker: breaker, clock: clock,
            tracer: Tracer(service: "order", sampler: .parent(orElse: .never), queue: spans), logger: .silent)
    }

    private func wanted(
        _ product: ProductID = "A", within duration: Duration = .seconds(2), isTrial: Bool = false,
        traceparent: String? = nil
    ) -> Reserving.Wanted {
        .init(
            reservation: .init(orderID: .time(), items: [WantedItem(productID: product, quantity: 1)]),
            deadline: clock.now + duration, cause: Cause(traceparent: traceparent), isTrial: isTrial,
            traced: .init(Cause(traceparent: traceparent)))
    }

    private func errors(_ results: [Result<Reserving.Held, OrderError>]) -> [OrderError?] {
        results.map { if case .failure(let error) = $0 { error } else { nil } }
    }

    private func decide(_ results: [Result<Reserving.Held, OrderError>]) {
        for result in results { (try? result.get())?.batch.decided() }
    }

    @Test func allOrdersOfACallAreOneBatch() async {
        let results = await call.make((0..<3).map { _ in wanted() })
        #expect(errors(results) == [nil, nil, nil])
        #expect(inventory.calls.map(\.reservations.count) == [3] && inventory.openBatches.count == 1)
        #expect(closed.take() == [])
        decide(results)
        #expect(closed.take() == Array(inventory.openBatches))
    }

    @Test func aBadOrderDoesNotFailItsNeighbours() async throws {
        let results = await call.make(["A", "NONE", "B"].map { wanted($0) })
        #expect(errors(results) == [nil, nil, nil])
        #expect(try results[1].get().outcome == .unknownProducts(["NONE"]))
        decide(results)
        #expect(closed.take().count == 1)
    }

    /// What it holds is for reclaiming to give back.
    @Test func theBatchOfAnAnswerThatIsNotBelievedStaysOpen() async {
        let results = await call.make(["A", "WRONG", "B"].map { wanted($0) })
        #expect(errors(results) == [nil, .inventoryNotBelieved, nil])
        decide(results)
        #expect(closed.take() == [])
    }

    private static func traceparent(_ number: Int, flags: String) -> String {
        "00-4bf92f3577b34da6a3ce929d0e0e473\(number)-00f067aa0ba902b\(number)-\(flags)"
    }

    /// Of one order the call itself says it.
    @Test func eachOrderOfACallSaysWhichTraceItBelongsTo() async {
        let traces = (0..<3).map { Self.traceparent($0, flags: "02") }
        decide(await call.make(traces.map { wanted(traceparent: $0) } + [wanted()]))
        decide(await call.make([wanted(traceparent: traces[0])]))
        #expect(inventory.calls.map { $0.reservations.map(\.traceparent) } == [traces + [nil], [nil]])
        #expect(spans.count == 0)
    }

    @Test func eachRecordedOrderOfACallHasSpansOfItsOwn() async throws {
        let traces = [
            Self.traceparent(0, flags: "03"), Self.traceparent(1, flags: "02"), Self.traceparent(2, flags: "03"),
        ]
        let recorded = [traces[0], traces[2]].compactMap { TraceContext.recorded($0) }
        decide(await call.make(traces.map { wanted(traceparent: $0) }))
        let all = spans.take().map(\.span)
        #expect(
            all.map(\.name) == ["wait for reserve call", "wait for reserve call"]
                + Array(repeating: "POST /reservations", count: 3))
        #expect(all.prefix(4).map(\.parent) == (recorded + recorded).map(\.spanID))
        #expect(all.prefix(4).map(\.context.traceID) == (recorded + recorded).map(\.traceID))
        let batch = try #require(all.last)
        #expect(batch.links == [all[2].context, all[3].context])
        // What the other service does for an order is below that order's own call.
        let handed = try #require(inventory.calls.first).reservations.map(\.traceparent)
        #expect(handed == [all[2].context.traceparent, traces[1], all[3].context.traceparent])
        #expect(inventory.causes.map(\.traceparent) == [batch.context.traceparent])
    }

    /// It would fail the younger ones, whose deadline is the call's.
    @Test func whoHasHardlyAnyTimeLeftIsNotAskedFor() async {
        let late = OrderError.inventoryUnavailable("answers too slowly")
        let durations: [Duration] = [.milliseconds(200), .milliseconds(199), .seconds(2)]
        let results = await call.make(durations.map { wanted(within: $0) })
        #expect(errors(results) == [nil, late, nil])
        #expect(inventory.calls.map(\.reservations.count) == [2])
        decide(results)
        #expect(closed.take().count == 1, "who was not asked for is not undecided")
        #expect(errors(await call.make([wanted(within: .zero)])) == [late])
        #expect(inventory.calls.count == 1, "there is nobody to call for")
    }

    @Test func whatGatheredBehindAnOpenCircuitDoesNotCall() async {
        inventory.fails(.reserve, by: .unreachable)
        for _ in 0..<3 { _ = await call.make([wanted()]) }
        #expect(inventory.asked(.reserve) == 3 && breaker.isOpen)
        let refused = OrderError.inventoryUnavailable("did not answer in time")
        #expect(errors(await call.make([wanted(), wanted()])) == [refused, refused])
        #expect(inventory.asked(.reserve) == 3)
        inventory.fails(.reserve, by: nil)
        #expect(errors(await call.make([wanted(), wanted(isTrial: true)])) == [nil, nil])
        #expect(!breaker.isOpen)
    }
}
