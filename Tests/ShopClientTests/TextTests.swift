import JSON
import Testing
import VisibleText

@testable import ShopClient

@Suite struct TextTests {
    private static let order = #"""
        {"order_id":"01","status":"shipped","customer":{"name":"田中 \u001b[31mさくら\u202e","email":"sakura@example.com"},
         "items":[{"product_id":"tea","name":"Sencha 煎茶","quantity":2,"unit_price":{"amount":1450,"currency":"USD"},
         "line_total":{"amount":2900,"currency":"USD"}}],"total":{"amount":2900,"currency":"USD"},
         "note":"ring twice\nplease","shipping_address":{"city":"Kyoto","line1":"1-2 Gojo"},"metadata":{"gift":"yes"},
         "carrier":"DHL","tracking_number":"JD01",
         "created_at":"2026-01-31T09:30:00.000Z","updated_at":"2026-01-31T09:30:00.000Z",
         "history":[{"status":"confirmed","at":"2026-01-31T09:30:00.000Z"},
         {"status":"shipped","at":"2026-01-31T10:30:00.999Z","by":"warehouse"}]}
        """#

    private func texts(inColour: Bool = false, width: Int? = nil) -> OrderText {
        OrderText(Moments(isUTC: true), paint: Paint(isOn: inColour), width: width)
    }

    @Test func anOrderIsShownWithAllThatItHas() throws {
        let order = try JSONValue.read(Array(Self.order.utf8))
        #expect(
            texts().one(order) == """
                Order 01 shipped
                customer  田中 \u{FFFD}[31mさくら\u{FFFD} <sakura@example.com>
                to        1-2 Gojo
                          Kyoto
                note      ring twice
                          please
                metadata  gift=yes
                carrier   DHL
                tracking  JD01
                total     29.00 USD

                PRODUCT  NAME         UNITS      PRICE        SUM
                tea      Sencha 煎茶      2  14.50 USD  29.00 USD

                2026-01-31 09:30:00Z  confirmed
                2026-01-31 10:30:00Z  shipped  by warehouse
                """)
    }

    @Test func aListFitsTheTerminal() throws {
        let order = try JSONValue.read(Array(Self.order.utf8))
        let lines = texts(width: 70).list([order]).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.columns <= 70 })
        #expect(lines[1].contains("…") && lines[1].hasSuffix("29.00 USD"))
        let whole = texts().list([order])
        #expect(whole.contains("<sakura@example.com>") && !whole.contains("\u{1B}"))
    }

    @Test func coloursAreOursAlone() throws {
        let order = try JSONValue.read(Array(Self.order.utf8))
        let text = texts(inColour: true).list([order])
        #expect(text.contains("\u{1B}[36mshipped\u{1B}[0m"))
        // Those of the titles and of the state; none that a customer's name has.
        #expect(text.unicodeScalars.count { $0 == "\u{1B}" } == 2 * 6 + 2)
    }

    @Test func whatIsUnknownIsShownAsItIs() throws {
        let order = try JSONValue.read(Array(#"{"order_id":5,"status":"lost","customer":null,"items":[]}"#.utf8))
        #expect(texts().one(order).hasPrefix("Order 5 lost\n"))
        #expect(texts().list([order]).contains("lost"))
    }

    @Test func columnsStandBelowEachOther() {
        var table = TextTable([.init("A"), .init("N", isNumber: true), .init("B")])
        table.add(["煎茶", "5", "x"])
        table.add(["tea", "1234", ""])
        table.add(["", "", "y"])
        #expect(table.text() == "A        N  B\n煎茶     5  x\ntea   1234\n            y")
    }

    @Test(arguments: [
        ("1969-12-31T23:59:59.500Z", "1969-12-31 23:59:59Z"), ("2026-01-31T09:30:00+01:00", "2026-01-31 08:30:00Z"),
        ("soon\u{7}", "soon\u{FFFD}"),
    ])
    func momentsAreRead(_ text: String, _ shown: String) {
        #expect(Moments(isUTC: true).text(text) == shown)
    }
}
