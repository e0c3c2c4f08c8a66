import Events
import ExactText
import Identifiers
import InventoryAPI
import ServiceHost
import Synchronization
import Telemetry
import TestDatabase
import Testing

@testable import Orders

/// What the inventory service answers becomes an order only where it is an answer to what was asked.
@Suite(.timeLimit(.minutes(1))) struct InventoryAnswerTests {
    /// Answers as a test tells it, and notes which batches were closed.
    private final class ScriptedInventory: Inventory {
        private let answer: @Sendable (ReserveCall.Reservation) -> ReservationOutcome
        let closed = Mutex<[Identifier]>([])

        init(_ answer: @escaping @Sendable (ReserveCall.Reservation) -> ReservationOutcome) {
            self.answer = answer
        }

        func reserve(_ call: ReserveCall, traceparent: String?, deadline: ContinuousClock.Instant)
            async throws(InventoryFailure) -> [ReservationOutcome]
        {
            closed.withLock { $0 += call.closed }
            return call.reservations.map(answer)
        }

        func release(_ orders: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure) {}

        func close(_ batches: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure) {
            closed.withLock { $0 += batches }
        }

        func reservations(openFor seconds: Int, cursor: String?, deadline: ContinuousClock.Instant)
            async throws(InventoryFailure) -> OpenReservations
        {
            OpenReservations(reservations: [], nextCursor: nil)
        }

        func complaint() async -> String? { nil }
    }

    private static let asked = [
        ReserveCall.Item(productID: "SKU-1", quantity: 2), .init(productID: "A\u{30a}", quantity: 1),
    ]

    private static func item(_ id: ProductID, _ quantity: Int64, price: Int64 = 5) -> OrderDocument.Item {
        .init(productID: id, name: "x", quantity: quantity, unitPrice: Money(amount: price, currency: "USD"))
    }

    private static let honest = ReservationOutcome.reserved([item("SKU-1", 2), item("A\u{30a}", 1)])

    static let faults: [ReservationOutcome] = [
        .reserved([]), .reserved([item("SKU-1", 2)]), .reserved([item("SKU-1", 2), item("SKU-1", 2)]),
        .reserved([item("SKU-1", 2), item("\u{c5}", 1)]), .reserved([item("S\u{212a}U-1", 2), item("A\u{30a}", 1)]),
        .reserved([item("SKU-1", 1), item("A\u{30a}", 1)]), .reserved([item("SKU-1", 2), item("A\u{30a}", 2)]),
        .reserved([item("SKU-1", 2), item("A\u{30a}", 1), item("MORE", 1)]),
        .reserved([item("SKU-1", 2, price: -1), item("A\u{30a}", 1)]),
        .reserved([item("SKU-1", 2, price: 1_000_000_001), item("A\u{30a}", 1)]),
        .shortages([]), .shortages([Shortage(productID: "OTHER", requested: 2, available: 0)]),
        .shortages([Shortage(productID: "SKU-1", requested: 3, available: 0)]),
        .shortages([Shortage(productID: "SKU-1", requested: 2, available: 2)]),
        .shortages([Shortage(productID: "SKU-1", requested: 2, available: -1)]),
        .unknownProducts([]), .unknownProducts(["OTHER"]), .unknownProducts(["S\u{212a}U-1"]),
    ]

    @Test(arguments: faults) func anotherAnswerIsAFaultOfTheNeighbour(_ fault: ReservationOutcome) async throws {
        try await withDatabase(SQLiteOrderMigrations.all) { database in
            let store = SQLiteOrderStore(database)
            let bad = Mutex(Set<Identifier>())
            // The first order of a call gets the wrong answer, the second the right one.
            let inventory = ScriptedInventory { wanted in
                guard wanted.items == Self.asked else { return .reserved([Self.item("B", 1)]) }
                bad.withLock { _ = $0.insert(wanted.orderID) }
                return fault
            }
            let placement = OrderPlacement(
                inventory: inventory, store: store, maximumWaiting: 10, logger: .silent, committed: {})
            placement.start()
            func place(_ items: [ReserveCall.Item]) async throws -> Identifier {
                try await placement.place(
                    OrderRequest(
                        customer: .init(name: "Ada", email: "a@b", phone: nil), items: items,
                        lines: Array(items.indices)), key: nil, trace: .new()
                ).id
            }
            await #expect(throws: OrderError.inventoryNotBelieved) { try await place(Self.asked) }
            let neighbour = try await place([.init(productID: "B", quantity: 1)])
            #expect(try await store.order(neighbour)?.document.status == .confirmed)
            for id in bad.withLock({ $0 }) { #expect(try await store.order(id) == nil) }
            await placement.stop()
            // The batch of the wrong answer is left to settling.
            #expect(inventory.closed.withLock { $0 }.count == 1)
        }
    }

    @Test func whatWasAskedForIsBelieved() {
        let wanted = ReserveCall.Reservation(orderID: .time(), items: Self.asked)
        for answer: ReservationOutcome in [
            Self.honest, .reserved([Self.item("A\u{30a}", 1, price: 0), Self.item("SKU-1", 2)]), .released, .conflict,
            .shortages([Shortage(productID: "SKU-1", requested: 2, available: 1)]),
            .shortages([
                Shortage(productID: "SKU-1", requested: 2, available: 0),
                Shortage(productID: "A\u{30a}", requested: 1, available: 0),
            ]),
            .unknownProducts(["A\u{30a}"]),
        ] {
            #expect(answer.complaint(about: wanted) == nil)
        }
    }

    @Test func theCustomerIsToldWhoseFaultItIs() {
        let problem = Problem(OrderError.inventoryNotBelieved)
        #expect(problem.status == 503 && problem.kind == "inventory-not-believed" && problem.retryAfter != nil)
    }
}
