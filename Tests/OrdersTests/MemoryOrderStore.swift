import Causes
import Databases
import ExactText
import Identifiers
import Outbox
import Shop
import Synchronization
import TestClock
import Timestamps

@testable import Idempotency
@testable import Orders

/// Orders in memory, for tests of what stands on a store: it keeps the contract of the others, and fails as a test says.
final class MemoryOrderStore: OrderStore {
    struct Failed: Error, Equatable {}

    /// What becomes of a commit.
    enum Fault {
        /// Nothing is there.
        case notCommitted
        /// It is there, and nobody hears of it.
        case unknown
    }

    fileprivate struct State {
        var orders: [Identifier: Order] = [:]
        /// The ids in the order in which they came.
        var sequence: [Identifier] = []
        var events: [OutboxEvent] = []
        var fault: Fault?
        var formerLookUps = 0
    }
    private let state = Mutex(State())
    private let secret: KeySecret
    private let clock: TestClock
    /// Holds orders that are about to be stored.
    let confirming = Gate()

    /// `secretAge`: for how many seconds it has had its secret.
    init(_ clock: TestClock, secretAge: Double = 0) {
        self.clock = clock
        guard
            let secret = KeySecret(
                [UInt8](repeating: 7, count: KeySecret.byteCount), madeAt: clock.time.advanced(bySeconds: -secretAge))
        else { preconditionFailure("a secret has so many bytes") }
        self.secret = secret
    }

    /// Of the commits from now on; nil: they are well.
    func fails(_ fault: Fault?) { state.withLock { $0.fault = fault } }

    var orders: [Order] { state.withLock { state in state.sequence.compactMap { state.orders[$0] } } }
    var events: [OutboxEvent] { state.withLock { $0.events } }
    /// How often somebody looked for orders by the ids of an earlier version.
    var formerLookUps: Int { state.withLock { $0.formerLookUps } }

    private func commit<Outcome>(_ body: (inout State) -> Outcome) throws -> Outcome {
        try state.withLock { state in
            if case .notCommitted = state.fault { throw Failed() }
            let outcome = body(&state)
            if case .unknown = state.fault { throw Failed() }
            return outcome
        }
    }

    func confirm(
        _ orders: [ConfirmedOrder], committed: @escaping @Sendable () -> Void
    ) async throws -> [ConfirmOutcome] {
        await confirming.pass()
        let outcomes = try commit { state in
            orders.map { confirmed -> ConfirmOutcome in
                let order = confirmed.order
                if let known = state.orders[order.orderID] ?? order.formerID.flatMap({ state.order(formerly: $0) }) {
                    return .known(known)
                }
                state.insert(order, confirmed.event)
                return .confirmed
            }
        }
        committed()
        return outcomes
    }

    func move(
        _ moves: [MoveRequest], committed: @escaping @Sendable () -> Void
    ) async throws -> [Result<Order, OrderError>] {
        let outcomes = try commit { state in
            moves.map { request -> Result<Order, OrderError> in
                guard let order = state.orders[request.orderID] else { return .failure(.unknownOrder) }
                do throws(OrderError) {
                    guard let moved = try order.moved(by: request.move, asked: request.cause.caller, at: clock.time)
                    else { return .success(order) }
                    state.orders[moved.orderID] = moved
                    state.events.append(OutboxEvent(moved, traceparent: request.cause.traceparent))
                    return .success(moved)
                } catch {
                    return .failure(error)
                }
            }
        }
        committed()
        return outcomes
    }

    func rejectInterrupted(_ interrupted: [Order]) async throws -> [Identifier] {
        try commit { state in
            interrupted.compactMap { order in
                if let known = state.orders[order.orderID] { return known.status == .rejected ? known.orderID : nil }
                if state.order(formerly: order.orderID) == nil {
                    state.insert(order, OutboxEvent(order, traceparent: nil))
                }
                return order.orderID
            }
        }
    }

    func order(_ id: Identifier) async throws -> Order? { state.withLock { $0.orders[id] } }

    func orders(formerly ids: [Identifier]) async throws -> [Identifier: Order] {
        state.withLock { state in
            state.formerLookUps += 1
            return ids.reduce(into: [:]) { found, id in found[id] = state.order(formerly: id) }
        }
    }

    func keySecret() async throws -> KeySecret { secret }

    func orders(_ filter: OrderFilter, _ page: Page) async throws -> Listed<Order> {
        let all = orders.enumerated().map { (position: Int64($0 + 1), item: $1) }.reversed().filter { row in
            (page.after.map { row.position < $0 } ?? true) && (filter.status.map { row.item.status == $0 } ?? true)
                && (filter.customerEmail.map { Self.areSame($0, row.item.customer?.email) } ?? true)
                && (filter.customerID.map { row.item.details?.customerID == $0 } ?? true)
                && (filter.createdFrom.map { row.item.createdAt >= $0 } ?? true)
                && (filter.createdBefore.map { row.item.createdAt < $0 } ?? true)
        }
        guard let product = filter.productID else {
            return Listed(Array(all.prefix(page.limit)), hasMore: all.count > page.limit)
        }
        let looked = all.prefix(OrderFilter.mostLookedThrough)
        let found = looked.filter { $0.item.items.contains { $0.productID == product } }
        var listed = Listed(Array(found.prefix(page.limit)), hasMore: found.count > page.limit)
        if let last = looked.last {
            listed.goesOn(behind: last.position, where: looked.count == OrderFilter.mostLookedThrough)
        }
        return listed
    }

    /// As SQL's NOCASE.
    private static func areSame(_ one: ExactText, _ other: ExactText?) -> Bool {
        func folded(_ text: ExactText) -> [UInt8] {
            text.string.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        }
        return other.map { folded(one) == folded($0) } ?? false
    }
}

extension MemoryOrderStore.State {
    fileprivate mutating func insert(_ order: Order, _ event: OutboxEvent) {
        orders[order.orderID] = order
        sequence.append(order.orderID)
        events.append(event)
    }

    fileprivate func order(formerly id: Identifier) -> Order? {
        orders.values.first {
            ($0.formerID ?? $0.orderID) == id && ($0.requestHash != nil || $0.status == .rejected)
        }
    }
}
