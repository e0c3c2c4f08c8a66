import ExactText
import Identifiers
import JSON
import Shop
import Testing

@testable import InventoryAPI

@Suite struct RoundTripTests {
    @Test func aCallIsReadAsItWasWritten() throws {
        let call = ReserveCall(
            batchID: .time(), closed: [.time(), .time()],
            reservations: [
                .init(
                    orderID: .time(),
                    items: [.init(productID: "a/\"🎁", quantity: 1), .init(productID: "b", quantity: 1_000_000)]),
                .init(
                    orderID: .time(), items: [.init(productID: "a", quantity: 1)],
                    expectedTotal: Money(amount: .max, currency: "USD")),
            ])
        #expect(try JSON.read(call.json(), ReserveCall.read) == call)
    }

    /// As an order service of an earlier version may send it: such a product is unknown, and no reason to refuse the other orders.
    @Test func idsThatAreRefusedTodayAreRead() throws {
        let products: [ProductID] = [".", "..", "\u{301}", "\u{fffe}"]
        let call = ReserveCall(
            batchID: .time(), closed: [],
            reservations: [.init(orderID: .time(), items: products.map { .init(productID: $0, quantity: 1) })])
        #expect(try JSON.read(call.json(), ReserveCall.read) == call)
        let answer = ReserveAnswer(results: [
            .init(orderID: .time(), outcome: .unknownProducts(products)),
            .init(
                orderID: .time(),
                outcome: .shortages(products.map { Shortage(productID: $0, requested: 2, available: 1) })),
        ])
        #expect(try JSON.read(answer.json(), ReserveAnswer.read) == answer)
    }

    @Test func anAnswerIsReadAsItWasWritten() throws {
        let item = OrderItem(
            productID: "a", name: "A", quantity: 3, unitPrice: Money(amount: 5, currency: "EUR"))
        let answer = ReserveAnswer(results: [
            .init(orderID: .time(), outcome: .reserved([item])),
            .init(orderID: .time(), outcome: .shortages([Shortage(productID: "b", requested: 2, available: 1)])),
            .init(orderID: .time(), outcome: .unknownProducts(["c", "d"])),
            .init(orderID: .time(), outcome: .archivedProducts(["e", "f"])),
            .init(orderID: .time(), outcome: .otherTotal([item])),
            .init(orderID: .time(), outcome: .released),
            .init(orderID: .time(), outcome: .conflict(isSold: true)),
            .init(orderID: .time(), outcome: .conflict(isSold: false)),
        ])
        #expect(try JSON.read(answer.json(), ReserveAnswer.read) == answer)
    }

    /// It knows no archived products: that a customer can't order them it still says.
    @Test func anEarlierOrderServiceTakesArchivedProductsForUnknown() {
        let answer = ReserveAnswer(results: [.init(orderID: .time(), outcome: .archivedProducts(["e"]))])
        let text = String(decoding: answer.json(), as: UTF8.self)
        #expect(text.contains(#""status":"rejected","archived_products":["e"],"unknown_products":["e"]"#), "\(text)")
    }

    @Test func anAnswerThatSaysTooLittleIsRefused() {
        let answer = #"{"results":[{"order_id":"0190f0f0-0000-7000-8000-000000000000","status":"reserved"}]}"#
        #expect(throws: JSONReadError.self) { try JSON.read(Array(answer.utf8), ReserveAnswer.read) }
    }

    @Test(arguments: [
        ("quantity", "0"), ("quantity", "1000001"), ("quantity", "9223372036854775807"),
        ("quantity", "92233720368547758070"),
        ("product_id", "\"\""), ("product_id", "7"), ("name", "\"a\\nb\""), ("amount", "1000000001"), ("amount", "-1"),
        ("currency", "\"usd\""), ("line", "1"),
    ])
    func anAnswerOutOfRangeIsRefused(_ field: String, _ value: String) {
        func answer(_ field: String, _ value: String) -> [UInt8] {
            func given(_ name: String, _ usual: String) -> String { name == field ? value : usual }
            return Array(
                """
                {"results":[{"order_id":"0190f0f0-0000-7000-8000-000000000000","status":"reserved","items":[
                 {"product_id":\(given("product_id", "\"A\"")),"name":\(given("name", "\"a\"")),
                  "quantity":\(given("quantity", "2")),
                  "unit_price":{"amount":\(given("amount", "5")),"currency":\(given("currency", "\"USD\""))},
                  "line_total":{"amount":\(given("line", "10")),"currency":"USD"}}]}]}
                """.utf8)
        }
        #expect(throws: Never.self) { try JSON.read(answer("", ""), ReserveAnswer.read) }
        #expect(throws: JSONReadError.self) { try JSON.read(answer(field, value), ReserveAnswer.read) }
    }

    @Test func linesThatRepeatAProductAddUpAndKeepTheirFirstLine() throws {
        let json = """
            [{"product_id":"a","quantity":1},{"product_id":"b","quantity":2},{"product_id":"a","quantity":3},
             {"product_id":"c","quantity":4}]
            """
        var lines: [Int] = []
        let items = try JSON.read(Array(json.utf8)) { try WantedItem.readMerged(&$0, firstLines: &lines) }
        #expect(items.map(\.productID) == ["a", "b", "c"] && items.map(\.quantity) == [4, 2, 4])
        #expect(lines == [0, 1, 3])
    }

    /// U+212A is K to Swift's String, and `A` with a ring above is Å.
    @Test func linesAddUpWhereTheirBytesAreTheSame() throws {
        let json = """
            [{"product_id":"SKU-1","quantity":1},{"product_id":"S\\u212aU-1","quantity":2},
             {"product_id":"\\u00c5-1","quantity":3},{"product_id":"A\\u030a-1","quantity":4},
             {"product_id":"SK\\u0055-1","quantity":5}]
            """
        var lines: [Int] = []
        let items = try JSON.read(Array(json.utf8)) { try WantedItem.readMerged(&$0, firstLines: &lines) }
        #expect(items.map(\.productID) == ["SKU-1", "S\u{212a}U-1", "\u{c5}-1", "A\u{30a}-1"])
        #expect(items.map(\.quantity) == [6, 2, 3, 4] && lines == [0, 1, 2, 3])
    }

    @Test func aCallClosesAtMost256Batches() {
        func call(_ closed: Int) -> ReserveCall {
            ReserveCall(
                batchID: .time(), closed: (0..<closed).map { _ in .time() },
                reservations: [.init(orderID: .time(), items: [.init(productID: "a", quantity: 1)])])
        }
        #expect(throws: Never.self) { try JSON.read(call(256).json(), ReserveCall.read) }
        #expect(throws: JSONReadError.self) { try JSON.read(call(257).json(), ReserveCall.read) }
    }

    @Test func aCallHasAtMostTenThousandLines() {
        let items = (0..<1_000).map { WantedItem(productID: "\($0)", quantity: 1) }
        func call(_ orders: Int) -> ReserveCall {
            ReserveCall(
                batchID: .time(), closed: [],
                reservations: (0..<orders).map { _ in .init(orderID: .time(), items: items) })
        }
        #expect(throws: Never.self) { try JSON.read(call(10).json(), ReserveCall.read) }
        #expect(throws: JSONReadError.self) { try JSON.read(call(11).json(), ReserveCall.read) }
    }
}
