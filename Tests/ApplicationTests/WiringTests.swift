import Causes
import HTTPClient
import Identifiers
import InventoryAPI
import Orders
import ServiceLife
import Synchronization
import TestClock
import TestDatabase
import Testing

@testable import Application

/// What is wired can be wired otherwise: the one function that makes a system takes another part where a test has one.
@Suite(.timeLimit(.minutes(5))) struct WiringTests {
    /// An inventory service that is away, and counts how often reclaiming looked.
    private final class AwayInventory: Inventory {
        let looks = Mutex(0)

        func reserve(_ call: ReserveCall, cause: Cause, deadline: ContinuousClock.Instant)
            async throws(InventoryFailure) -> [ReservationOutcome]
        { throw InventoryFailure("away", reason: "is away for the test") }

        func release(
            _ orders: [Identifier], cause: Cause, deadline: ContinuousClock.Instant
        ) async throws(InventoryFailure) {}

        func close(_ batches: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure) {}

        func reservations(openFor seconds: Int, cursor: String?, deadline: ContinuousClock.Instant)
            async throws(InventoryFailure) -> OpenReservations
        {
            looks.withLock { $0 += 1 }
            return OpenReservations(reservations: [], nextCursor: nil)
        }

        func complaint() async -> String? { "is away for the test" }
    }

    @Test func theOrderServiceAsksTheInventoryThatItIsGiven() async throws {
        try await withFolder { folder in
            var parts = SystemParts()
            parts.inventory = AwayInventory()
            try await withSystem(folder, parts: parts) { system in
                let body = #"{"customer":{"name":"A","email":"a@b"},"items":[{"product_id":"PROD-001","quantity":1}]}"#
                let reply = try await post(body, to: "order", "/orders", of: system)
                #expect(reply.status == 503 && reply.body.contains("The inventory service is away for the test"))
            }
        }
    }

    @Test func timePassesForTheOrderServiceByTheClockThatItIsGiven() async throws {
        try await withFolder { folder in
            let (clock, inventory) = (TestClock(), AwayInventory())
            var parts = SystemParts()
            parts.clock = clock
            parts.inventory = inventory
            try await withSystem(folder, parts: parts) { _ in
                for looks in 1...3 {
                    // Reclaiming has looked, and waits.
                    await clock.sleepers()
                    #expect(inventory.looks.withLock { $0 } == looks)
                    clock.advance(by: .seconds(2))
                }
            }
        }
    }
}
