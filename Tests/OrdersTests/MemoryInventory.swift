import Causes
import ExactText
import Identifiers
import InventoryAPI
import Shop
import Synchronization
import TestClock

@testable import Orders

/// An inventory service in memory, for tests of what asks it: it holds, gives back and closes as the other, and fails as a test says.
/// It has each product without end, at 150 cents, where a test says nothing else.
final class MemoryInventory: Inventory {
    enum Ask: Hashable { case reserve, release, close, list }

    /// What becomes of a call.
    enum Fault {
        /// Nobody hears it.
        case unreachable
        /// It is done, and its answer is lost.
        case unanswered
    }

    struct Reservation: Hashable {
        var items: [OrderItem]
        var batch: Identifier?
        var isReleased = false
    }

    fileprivate struct State {
        var reservations: [Identifier: Reservation] = [:]
        var sequence: [Identifier] = []
        var openSince: [Identifier: ContinuousClock.Instant] = [:]
        var faults: [Ask: Fault] = [:]
        var calls: [ReserveCall] = []
        var causes: [Cause] = []
        var asked: [Ask: Int] = [:]
        var closed: [Identifier] = []
        var onlookers: [Ask: Onlookers] = [:]
    }
    private let state = Mutex(State())
    private let clock: TestClock
    private let answer: @Sendable (ReserveCall.Reservation) -> ReservationOutcome?
    /// Holds reserve calls that have come.
    let reserving = Gate()
    /// How many reservations a page of those in open batches has.
    let page: Int

    /// `answer`: what a reservation is answered that has none yet, where it is not simply made.
    init(
        _ clock: TestClock, page: Int = 200,
        answer: @escaping @Sendable (ReserveCall.Reservation) -> ReservationOutcome? = { _ in nil }
    ) {
        self.clock = clock
        self.page = page
        self.answer = answer
    }

    /// From now on; nil: it is well.
    func fails(_ asks: Ask..., by fault: Fault?) {
        state.withLock { state in for ask in asks { state.faults[ask] = fault } }
    }

    /// The reserve calls that came, in their order.
    var calls: [ReserveCall] { state.withLock { $0.calls } }
    /// Of the reserve calls.
    var causes: [Cause] { state.withLock { $0.causes } }
    /// The batches that were closed, in their order, by whatever call.
    var closed: [Identifier] { state.withLock { $0.closed } }
    var openBatches: Set<Identifier> { state.withLock { Set($0.openSince.keys) } }
    func asked(_ ask: Ask) -> Int { state.withLock { $0.asked[ask] ?? 0 } }
    func reservation(_ order: Identifier) -> Reservation? { state.withLock { $0.reservations[order] } }
    /// The orders for which something is reserved, whether their batches are open or not.
    var reserved: Set<Identifier> {
        state.withLock { Set($0.reservations.filter { !$0.value.isReleased }.keys) }
    }
    var released: Set<Identifier> { state.withLock { Set($0.reservations.filter(\.value.isReleased).keys) } }

    /// Returns when it was asked so often, or more often.
    func hears(_ ask: Ask, _ count: Int = 1) async {
        await Onlookers.wait { continuation in
            state.withLock {
                $0.onlookers[ask, default: Onlookers()].isSatisfied(by: $0.asked[ask] ?? 0, for: count, continuation)
            }
        }
    }

    private func done<Answer>(
        _ ask: Ask, _ body: (inout State) -> Answer
    ) throws(InventoryFailure) -> Answer {
        let (answer, onlookers): (Answer?, [Onlookers.Continuation]) = state.withLock { state in
            // A client that calls out can't for a task that is cancelled.
            let fault = Task.isCancelled ? .unreachable : state.faults[ask]
            let answer = fault == .unreachable ? nil : body(&state)
            state.asked[ask, default: 0] += 1
            let onlookers = state.onlookers[ask]?.satisfied(by: state.asked[ask] ?? 0) ?? []
            return (fault == nil ? answer : nil, onlookers)
        }
        for one in onlookers { one.resume() }
        guard let answer else { throw InventoryFailure("no answer", reason: "did not answer in time") }
        return answer
    }

    func reserve(
        _ call: ReserveCall, cause: Cause, deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) -> [ReservationOutcome] {
        await reserving.pass()
        return try done(.reserve) { state in
            state.calls.append(call)
            state.causes.append(cause)
            state.close(call.closed)
            return call.reservations.map { wanted in
                if let known = state.reservations[wanted.orderID] {
                    if known.isReleased { return .released }
                    let isExpected = wanted.expectedTotal.map { $0 == OrderItem.total(known.items) } ?? true
                    guard isExpected, Self.wanted(known.items) == wanted.items else {
                        return .conflict(isSold: !state.isHeld(known))
                    }
                    return .reserved(known.items)
                }
                let items = wanted.items.map { Self.item($0) }
                let isExpected = wanted.expectedTotal.map { $0 == OrderItem.total(items) } ?? true
                let outcome = answer(wanted) ?? (isExpected ? .reserved(items) : .otherTotal(items))
                if case .reserved(let items) = outcome {
                    state.add(Reservation(items: items, batch: call.batchID), of: wanted.orderID)
                    if state.openSince[call.batchID] == nil { state.openSince[call.batchID] = clock.now }
                }
                return outcome
            }
        }
    }

    func release(
        _ orders: [Identifier], cause: Cause, deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) {
        try done(.release) { state in
            for order in orders {
                guard let known = state.reservations[order] else {
                    state.add(Reservation(items: [], batch: nil, isReleased: true), of: order)
                    continue
                }
                if state.isHeld(known) { state.reservations[order]?.isReleased = true }
            }
        }
    }

    func close(_ batches: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure) {
        try done(.close) { $0.close(batches) }
    }

    func reservations(
        openFor seconds: Int, cursor: String?, deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) -> OpenReservations {
        try done(.list) { state in
            let first = cursor.flatMap { Int($0) } ?? 0
            var next: String?
            var found: [OpenReservations.Reservation] = []
            for (position, order) in state.sequence.enumerated().dropFirst(first) {
                guard let reservation = state.reservations[order], let batch = reservation.batch,
                    let since = state.openSince[batch], clock.now - since >= .seconds(seconds)
                else { continue }
                if found.count == page {
                    next = "\(position)"
                    break
                }
                found.append(
                    .init(
                        orderID: order, batchID: batch, isHeld: !reservation.isReleased, items: reservation.items))
            }
            return OpenReservations(reservations: found, nextCursor: next)
        }
    }

    func complaint() async -> String? { nil }

    static func item(_ wanted: WantedItem, currency: String = "USD") -> OrderItem {
        OrderItem(
            productID: wanted.productID, name: "a", quantity: wanted.quantity,
            unitPrice: Money(amount: 150, currency: currency))
    }

    private static func wanted(_ items: [OrderItem]) -> [WantedItem] {
        items.map { WantedItem(productID: $0.productID, quantity: $0.quantity) }
    }
}

extension MemoryInventory.State {
    fileprivate mutating func add(_ reservation: MemoryInventory.Reservation, of order: Identifier) {
        reservations[order] = reservation
        sequence.append(order)
    }

    fileprivate mutating func close(_ batches: [Identifier]) {
        closed += batches
        for batch in batches { openSince[batch] = nil }
    }

    fileprivate func isHeld(_ reservation: MemoryInventory.Reservation) -> Bool {
        !reservation.isReleased && reservation.batch.map { openSince[$0] != nil } ?? false
    }
}
