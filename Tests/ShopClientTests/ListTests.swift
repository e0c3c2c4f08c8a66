import HTTPServer
import JSON
import Testing

@testable import ShopClient

@Suite(.timeLimit(.minutes(5))) struct ListTests {
    /// 450 orders in pages as they are asked for, and a page that ends early.
    private static let answers: FakeShop.Answers = { request, number in
        func value(_ name: String) -> Int {
            Int(request.query.first { $0.name == name }?.value ?? "") ?? 0
        }
        let from = value("cursor")
        let to = min(from + min(value("limit"), number == 0 ? 3 : 200), 450)
        let items = (from..<to).map { #"{"n":\#($0)}"# }.joined(separator: ",")
        return .json(#"{"orders":[\#(items)],"next_cursor":\#(to < 450 ? "\"\(to)\"" : "null")}"#)
    }

    @Test(arguments: [(1, 1, 1), (3, 3, 1), (210, 210, 3), (1_000, 450, 4)])
    func isReadPageByPage(_ limit: Int, _ count: Int, _ calls: Int) async throws {
        try await withShop(Self.answers) { client, shop in
            let list = try await client.list(
                "/orders", of: .order, "orders", query: [("customer_email", "a+b@example.com")], limit: limit)
            #expect(try list.values().map { $0["n"]?.int } == (0..<Int64(count)).map { Optional($0) })
            #expect(shop.requests.count == calls)
            #expect(shop.requests.allSatisfy { $0.target.contains("customer_email=a%2Bb%40example.com") })
        }
    }

    /// Of what is filtered, a page may have nothing and another one behind it.
    @Test func anEmptyPageIsNotTheLast() async throws {
        let pages = [#"{"orders":[],"next_cursor":"a"}"#, #"{"orders":[],"next_cursor":"b"}"#]
        let last = #"{"orders":[{"n":1}],"next_cursor":null}"#
        try await withShop({ _, number in .json(number < 2 ? pages[number] : last) }) { client, shop in
            let list = try await client.list("/orders", of: .order, "orders", limit: 9)
            #expect(list.items.count == 1)
            #expect(shop.requests.count == 3)
        }
    }

    @Test func aCursorThatComesTwiceIsTheEnd() async throws {
        try await withShop({ _, _ in .json(#"{"orders":[{"n":1}],"next_cursor":"a"}"#) }) { client, shop in
            let list = try await client.list("/orders", of: .order, "orders", limit: 9)
            #expect(list.items.count == 2)
            #expect(shop.requests.count == 2)
        }
    }

    @Test func isOneDocument() async throws {
        try await withShop(Self.answers) { client, _ in
            let list = try await client.list("/orders", of: .order, "orders", limit: 4)
            #expect(
                String(decoding: list.json(), as: UTF8.self)
                    == #"{"orders":[{"n":0},{"n":1},{"n":2},{"n":3}],"next_cursor":"4"}"#)
        }
    }

    @Test(arguments: ["[]", "{}", "no", #"{"orders":5}"#]) func whatIsNoListIsSaid(_ text: String) async throws {
        try await withShop({ _, _ in .json(text) }) { client, _ in
            await #expect(throws: ShopError.self) {
                _ = try await client.list("/orders", of: .order, "orders", limit: 4)
            }
        }
    }
}
