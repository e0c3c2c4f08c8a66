import Causes
import Databases
import EventLog
import ExactText
import Idempotency
import Identifiers
import Outbox
import Shop
import Testing

@testable import Inventory

/// Products, and stock that is changed by hand.
extension InventoryStoreContract {
    func seedsOnlyOnce() async throws {
        try await store.seed(NewProduct.firstStart)
        try await store.seed(NewProduct.firstStart)
        #expect(try await store.products(Page(limit: 50, after: nil)).items.count == 5)
        #expect(try await events(since: 0) == Array(repeating: "orderlog.ProductAdded.v1", count: 5))
    }

    func changesByHand() async throws {
        try await add("hand", 5)
        let before = try await outbox.pending(limit: 10_000).count
        func available(_ answer: FirstAnswer) -> Int64? { Int64(String(decoding: answer.body, as: UTF8.self)) }
        #expect(available(try await store.replenish("hand", by: 3, key: nil, cause: .unknown)) == 8)
        #expect(available(try await store.take("hand", quantity: 8, key: nil, cause: .unknown)) == 0)
        await #expect(throws: StockError.self) {
            try await store.take("hand", quantity: 1, key: nil, cause: .unknown)
        }
        await #expect(throws: StockError.unknownProduct) {
            try await store.replenish("nothing", by: 1, key: nil, cause: .unknown)
        }
        #expect(
            try await events(since: before) == [
                "orderlog.StockReplenished.v1", "orderlog.StockTaken.v1", "orderlog.StockStatusChanged.v1",
            ])
    }

    /// Of a request to this path, without a body.
    private func key(_ header: String, _ path: String) throws -> IdempotencyKey {
        try #require(
            IdempotencyKey(
                header: header, route: "PUT \(path)",
                request: RequestFingerprint(method: "PUT", path: path, body: [], route: path, values: Framed())))
    }

    func aKeyChangesStockOnce() async throws {
        try await add("keyed", 5)
        let name = "delivery 17 \(Identifier.time())"
        let first = try key(name, "/1")
        let answer = try await store.replenish("keyed", by: 3, key: first, cause: .unknown)
        #expect(!answer.isReplayed)
        try await expect("keyed", available: 8, reserved: 0)
        let again = try await store.replenish("keyed", by: 3, key: first, cause: .unknown)
        #expect(again == FirstAnswer(body: answer.body, isReplayed: true))
        try await expect("keyed", available: 8, reserved: 0)
        let other = try key(name, "/2")
        await #expect(throws: IdempotencyKeyReused.self) {
            try await store.take("keyed", quantity: 1, key: other, cause: .unknown)
        }
        // What was refused is not remembered.
        let late = try key("late \(Identifier.time())", "/1")
        await #expect(throws: StockError.self) {
            try await store.take("keyed", quantity: 9, key: late, cause: .unknown)
        }
        _ = try await store.replenish("keyed", by: 1, key: nil, cause: .unknown)
        #expect(try await store.take("keyed", quantity: 9, key: late, cause: .unknown).isReplayed == false)
        try await expect("keyed", available: 0, reserved: 0)
    }

    func aKeyIsOneHoweverItIsWritten() async throws {
        try await add("spelled", 5)
        for spellings in [
            [#""K";a=1"#, "K", #""K";b"#, #""K""#], ["K", #""K";a"#, #""K""#], [#""K""#, "K", #""K";a"#],
        ] {
            let name = "\(Identifier.time())"
            var isReplayed: [Bool] = []
            for spelling in spellings {
                let key = try key(spelling.replacing("K", with: name), "/1")
                isReplayed.append(try await store.replenish("spelled", by: 1, key: key, cause: .unknown).isReplayed)
            }
            #expect(isReplayed == spellings.indices.map { $0 > 0 }, "\(spellings)")
        }
        try await expect("spelled", available: 8, reserved: 0)
    }
}
