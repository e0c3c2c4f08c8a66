import Causes
import InventoryAPI

@testable import Inventory

/// Where nobody has to hear of the commit.
extension InventoryStore {
    func reserve(_ calls: [ReserveCall], causes: [Cause]) async throws -> [[ReservationOutcome]] {
        try await reserve(calls, causes: causes, committed: {})
    }
}
