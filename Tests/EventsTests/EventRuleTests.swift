import Causes
import EventLog
import Events
import ExactText
import Headers
import Shop
import Testing

/// An event is checked by the rules of requests, whoever wrote it, and a dead letter says what it breaks.
@Suite struct EventRuleTests {
    /// A change of the first sample's JSON, and what the reason names.
    struct Broken: Sendable, CustomTestStringConvertible {
        var old: String
        var new: String
        var reason: String

        init(_ old: String, _ new: String, _ reason: String) {
            (self.old, self.new, self.reason) = (old, new, reason)
        }

        var testDescription: String { "\(new.prefix(40)): \(reason)" }
    }

    static let orders = [
        Broken(#""customer":{"#, #""customer":null,"other":{"#, "customer is required"),
        Broken("ada@example.com", #"ada@example.com\r\nBcc: all@example.com"#, "customer.email must not have control"),
        Broken("ada@example.com", #"ada@example.com\n"#, "customer.email must not have control"),
        Broken("ada@example.com", "ada", "customer.email must be an e-mail address"),
        Broken("ada@example.com", String(repeating: "a", count: 320) + "@b", "customer.email must have at most 320"),
        Broken("+44 20 7946 0000", #"+44\n20 7946 0000"#, "customer.phone must not have control"),
        Broken("+44 20 7946 0000", "call me", "customer.phone must be a phone number"),
        Broken(#""Ada""#, #"" ""#, "customer.name must not be blank"),
        Broken(#""Ada""#, #""A\u0000""#, "customer.name must not have control"),
        Broken(#""Ada""#, "\"A\(String(repeating: "\u{301}", count: 200))\"", "customer.name must have at most 200"),
        Broken("PROD-001", "", "items[0].product_id must not be blank"),
        Broken("PROD-001", String(repeating: "P", count: 65), "items[0].product_id must have at most 64"),
        Broken(#""Laptop""#, #""Lap\u0007top""#, "items[0].name must not have control"),
        Broken(#""quantity":2"#, #""quantity":0"#, "items[0].quantity must be a whole number from 1"),
        Broken(#""quantity":2"#, #""quantity":9223372036854775807"#, "items[0].quantity must be a whole number from 1"),
        Broken(
            #""unit_price":{"amount":129999,"#, #""unit_price":{"amount":1000000001,"#,
            "items[0].unit_price.amount must be"),
        Broken(
            #""line_total":{"amount":259998,"#, #""line_total":{"amount":1,"#,
            "items[0].line_total must be quantity times"),
        Broken(
            #""total":{"amount":259998,"currency":"USD"},"created"#, #""total":{"amount":1,"currency":"USD"},"created"#,
            "total must be the sum of the lines, 259998 USD"),
        Broken(
            #""total":{"amount":259998,"currency":"USD"},"created"#,
            #""total":{"amount":259998,"currency":"EUR"},"created"#, "total must be the sum of the lines, 259998 USD"),
        Broken(
            #"{"amount":129999,"currency":"USD"},"line_total":{"amount":259998,"currency":"USD"}"#,
            #"{"amount":129999,"currency":"EUR"}"#, "items must be some, of one currency"),
    ]

    /// What somebody else wrote among our events.
    static let foreign: [(what: String, change: @Sendable (inout StoredRecord) -> Void, reason: String)] = [
        ("no key", { $0.key = nil }, "the record's key must be"),
        (
            "another order's key", { $0.key = Array("0193a1c0-0000-7000-8000-00000000ffff".utf8) },
            "the record's key must be"
        ),
        ("another source", { $0.setHeader("ce_source", "/evil") }, "ce_source must be"),
        (
            "another subject", { $0.setHeader("ce_subject", "0193a1c0-0000-7000-8000-00000000ffff") },
            "ce_subject must be"
        ),
        ("another step", { $0.setHeader("ce_type", "orderlog.OrderShipped.v1") }, "an order is shipped after"),
    ]

    @Test(arguments: foreign.indices) func anEventOfSomebodyElseIsRefused(_ index: Int) throws {
        let (what, change, reason) = Self.foreign[index]
        var record = Samples.stored(try Samples.orderEvents()[0].cloudEvent, topic: Topics.orders)
        _ = try OrderEvent(record)
        change(&record)
        let error = #expect(throws: UnreadableEvent.self, "\(what)") { try OrderEvent(record) }
        #expect(error?.reason.hasPrefix(reason) == true, "\(what): \(error?.reason ?? "")")
    }

    @Test(arguments: orders) func aBrokenOrderIsRefused(_ broken: Broken) throws {
        var record = Samples.stored(try Samples.orderEvents()[0].cloudEvent, topic: Topics.orders)
        let json = String(decoding: record.value ?? [], as: UTF8.self)
        let changed = json.replacing(broken.old, with: broken.new, maxReplacements: 1)
        #expect(changed != json, "\(json)")
        record.value = Array(changed.utf8)
        do {
            _ = try OrderEvent(record)
            Issue.record("it was read: \(changed)")
        } catch {
            #expect(error.reason.contains(broken.reason), "\(error.reason)")
        }
    }

    /// What earlier versions wrote is read: a name that nobody can see, and a rejected order that never had one currency.
    @Test func whatWasTakenBeforeIsRead() throws {
        var order = try Samples.order(.confirmed)
        order.customer?.name = "\u{200b}"
        var rejected = try Samples.order(.rejected)
        rejected.items[1].unitPrice.currency = "EUR"
        rejected.items[1].lineTotal.currency = "EUR"
        rejected.total = Money(amount: 0, currency: "EUR")
        var empty = try Samples.order(.rejected)
        (empty.items, empty.total) = ([], Money(amount: 0, currency: "XXX"))
        for (kind, order) in [(OrderEvent.Kind.confirmed, order), (.rejected, rejected), (.rejected, empty)] {
            let event = OrderEvent(
                id: try Samples.id(1), kind: kind, time: Samples.time, cause: .unknown, order: order)
            #expect(try OrderEvent(Samples.stored(event.cloudEvent, topic: Topics.orders)) == event)
        }
    }

    @Test(arguments: [
        Broken(#""name":"Laptop""#, #""name":"\n""#, "product.name must not be blank"),
        Broken(#""amount":129999"#, #""amount":1000000001"#, "product.price.amount must be"),
        Broken(#""quantity":100"#, #""quantity":1000000000001"#, "quantity must be a whole number from 0"),
        Broken(#""reserved":2"#, #""reserved":-2"#, "product.reserved must be"),
        Broken("PROD-001", #"PROD\u0085"#, "product.product_id must not have control"),
    ])
    func aBrokenProductIsRefused(_ broken: Broken) throws {
        var record = Samples.stored(try Samples.inventoryEvents()[0].cloudEvent, topic: Topics.inventory)
        let json = String(decoding: record.value ?? [], as: UTF8.self)
        let changed = json.replacing(broken.old, with: broken.new, maxReplacements: 1)
        #expect(changed != json, "\(json)")
        record.value = Array(changed.utf8)
        do {
            _ = try InventoryEvent(record)
            Issue.record("it was read: \(changed)")
        } catch {
            #expect(error.reason.contains(broken.reason), "\(error.reason)")
        }
    }
}
