import Causes
import Databases
import Events
import ExactText
import Identifiers
import Shop
import Testing
import Timestamps

@testable import Notifications

extension NotificationStoreContract {
    /// Of a product with a threshold of 5.
    static func stock(
        _ product: ProductID, from before: StockStatus, available: Int64, at time: Timestamp
    ) -> InventoryEvent {
        InventoryEvent(
            id: .time(), change: .stockStatusChanged(from: before), time: time, cause: .unknown,
            product: InventoryEvent.Product(
                productID: product, name: "Tea", price: Money(amount: 1, currency: "EUR"), available: available,
                reserved: 0, lowStockThreshold: 5, updatedAt: time))
    }

    func tellsTheShopOfItsStockOnceInAWhile() async throws {
        let to = try #require(StockAlerts("once@shop.example,+442079460001"))
        let begin = Timestamp(milliseconds: 1_767_225_600_000)
        func alert(_ product: ProductID, _ available: Int64, after seconds: Int64) throws -> StockAlert {
            let time = begin.advanced(bySeconds: Double(seconds))
            return try #require(
                StockAlert(
                    Self.stock(product, from: .inStock, available: available, at: time), to: to, at: time))
        }
        func subjects() async throws -> [String] {
            try await store.notifications(
                NotificationFilter(recipient: "once@shop.example"), Page(limit: 50, after: nil)
            ).items.map(\.item.subject.string)
        }
        let low = try alert("T-1", 4, after: 0)
        #expect(try await store.queue([low, low], nil) == 1)
        #expect(try await store.queue([low], nil) == 0, "it is read again")
        // Low, well, low … within minutes; another status and another product are news.
        let flaps = try (1...20).map { try alert("T-1", 3, after: Int64($0) * 60) }
        #expect(
            try await store.queue(flaps + [alert("T-1", 0, after: 1_300), alert("T-2", 1, after: 1_300)], nil) == 2)
        #expect(try await store.queue([alert("T-1", 2, after: StockAlert.pause - 1)], nil) == 0)
        #expect(try await store.queue([alert("T-1", 2, after: StockAlert.pause)], nil) == 1)
        #expect(try await store.queue(flaps + [low], nil) == 0, "all is read again")
        #expect(try await store.queue([], nil) == 0)
        #expect(
            try await subjects().sorted() == [
                "Low on stock: Tea (T-1)", "Low on stock: Tea (T-1)", "Low on stock: Tea (T-2)",
                "Out of stock: Tea (T-1)",
            ])
    }
}
