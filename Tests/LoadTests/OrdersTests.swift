import Foundation
import Testing

@testable import Load

@Suite struct OrdersTests {
    @Test func popularProductsAreOrderedMoreOften() {
        let popularity = Popularity(count: 100, skew: 1)
        var dice = Dice(seed: 7)
        var counts = [Int](repeating: 0, count: 100)
        for _ in 0..<100_000 { counts[popularity.choose(&dice)] += 1 }
        // 1/n over the sum of 1 to 1/100, which is 5.187.
        #expect(abs(counts[0] - 19_277) < 600)
        #expect(abs(counts[1] - 9_639) < 500)
        #expect(abs(counts[99] - 193) < 80)
    }

    @Test func withoutSkewAllAreAlike() {
        let popularity = Popularity(count: 4, skew: 0)
        var dice = Dice(seed: 7)
        var counts = [Int](repeating: 0, count: 4)
        for _ in 0..<40_000 { counts[popularity.choose(&dice)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    }

    @Test func theSameSeedMakesTheSameOrders() {
        let mix = OrderMix(products: ["A", "B", "C"], skew: 1, lines: 3, mark: "m")
        var (one, other) = (Dice(seed: 3), Dice(seed: 3))
        let drafts = mix.drafts(50, &one)
        #expect(drafts.map(\.body) == mix.drafts(50, &other).map(\.body))
        #expect(drafts.allSatisfy { String(decoding: $0.body, as: UTF8.self).contains("@m.load.example") })
        // What it says it takes is what stands in the body.
        #expect(drafts.allSatisfy { OrderDraft(body: $0.body).units == $0.units && !$0.units.isEmpty })
    }

    @Test func bodiesAreReadFromAFile() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "load-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = #"{"items":[{"product_id":"A","quantity":2},{"product_id":"A","quantity":1}]}"# + "\n\n[]\r\nnone"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let drafts = try OrderFile.read(path)
        #expect(drafts.map(\.units) == [["A": 3], [:], [:]])
        #expect(throws: LoadFailure.self) { try OrderFile.read(path + ".none") }
        try Data("\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: LoadFailure.self) { try OrderFile.read(path) }
    }

    @Test func targetsAreRead() throws {
        let target = try #require(Target("http://[::1]:8080/shop/"))
        #expect(target.host == "::1" && target.port == 8_080 && target.path == "/shop/orders")
        #expect(Target("http://shop.example")?.port == 80)
        for text in ["https://a", "http://", "http://a:0", "http://a:99999", "http://u@a", "http://a/?b", "a:1"] {
            #expect(Target(text) == nil, "\(text)")
        }
    }

    @Test func aProcessAndWhatItListensAtIsFound() throws {
        let target = try FakeTarget { .order($0.number) }
        #expect(Processes.listening(at: [target.port]).contains(getpid()))
        let use = try #require(Processes.use(of: [getpid()]).first)
        #expect(use.resident > 1 << 20)
        #expect(Processes.use(of: [Int32.max]).isEmpty)
    }
}
