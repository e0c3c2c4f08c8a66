import JSON
import ShopClient
import Testing

@testable import Demo

@Suite struct DemoDayTests {
    private func text(_ day: DemoDay) -> String {
        day.orders.map { String(decoding: $0.json(), as: UTF8.self) }.joined() + day.deeds.map { "\($0)" }.joined()
    }

    @Test func theSameSeedMakesTheSameDay() {
        #expect(text(DemoDay(seed: 7, orders: 100)) == text(DemoDay(seed: 7, orders: 100)))
        #expect(text(DemoDay(seed: 7, orders: 100)) != text(DemoDay(seed: 8, orders: 100)))
    }

    @Test(arguments: [1, 2, 3, 40, 1_000] as [UInt64]) func nothingBecomesOfAnOrderBeforeItIsPlaced(_ seed: UInt64) {
        let day = DemoDay(seed: seed, orders: 300)
        var states: [Int: String] = [:]
        for (second, deed) in day.deeds {
            #expect((0..<DemoDay.seconds).contains(second))
            switch deed {
            case .place(let number):
                #expect(states[number] == nil)
                states[number] = "confirmed"
            case .ship(let number, _, _):
                #expect(states[number] == "confirmed")
                states[number] = "shipped"
            case .deliver(let number):
                #expect(states[number] == "shipped")
                states[number] = "delivered"
            case .cancel(let number, _):
                #expect(states[number] == "confirmed")
                states[number] = "cancelled"
            }
        }
        #expect(day.deeds.map(\.second) == day.deeds.map(\.second).sorted())
        // A day with something of everything.
        #expect(states.count == 300)
        #expect(Set(states.values) == ["confirmed", "shipped", "delivered", "cancelled"])
    }

    @Test func itsGoodsAndItsPeopleAreThemselves() {
        #expect(Set(DemoGoods.all.map(\.sku)).count == DemoGoods.all.count)
        #expect(Set(DemoPerson.all.map(\.account)).count == DemoPerson.all.count)
        #expect(DemoPerson.all.allSatisfy { $0.email.hasSuffix("@example.com") })
    }

    /// More is wanted of some things than there is, on any day.
    @Test(arguments: [1, 2, 3] as [UInt64]) func somethingSellsOut(_ seed: UInt64) {
        var wanted: [String: Int64] = [:]
        for item in DemoDay(seed: seed, orders: 300).orders.flatMap(\.items) {
            wanted[item.productID, default: 0] += item.quantity
        }
        #expect(DemoGoods.all.contains { wanted[$0.sku, default: 0] > $0.stock })
    }

    /// With `--sms-by` the demo's messages really leave.
    @Test func nobodysNumberIsAmongThem() {
        let fiction =
            /\+44 20 7946 0\d{3}|\+44 7700 900\d{3}|\+1 \d{3} 555 01\d\d|\+49 30 23125 \d{3}|\+33 6 39 98 \d\d \d\d|\+46 8 465 004 \d\d|\+61 2 5550 \d{4}/
        let phones = DemoPerson.all.compactMap(\.phone)
        #expect(phones.count > 10 && phones.allSatisfy { $0.wholeMatch(of: fiction) != nil })
        #expect(DemoPerson.all.allSatisfy { $0.email.hasSuffix("@example.com") })
    }
}
