import Identifiers
import Synchronization
import Testing

@testable import Orders

@Suite struct HeldBatchTests {
    private static let id = Identifier.time()

    private static func decided(_ decisions: Int, of orders: Int) -> [Identifier] {
        let told = Mutex<[Identifier]>([])
        let batch = HeldBatch(id: Self.id, orders: orders) { id in told.withLock { $0.append(id) } }
        for _ in 0..<decisions { batch.decided() }
        return told.withLock { $0 }
    }

    @Test func theLastDecisionEndsItOnce() {
        #expect(Self.decided(1, of: 1) == [Self.id])
        #expect(Self.decided(3, of: 3) == [Self.id])
    }

    @Test func whileOneIsUndecidedItStaysOpen() {
        #expect(Self.decided(0, of: 1) == [])
        #expect(Self.decided(2, of: 3) == [])
    }
}
