import Events
import ExactText
import Identifiers
import Shop
import Testing
import Timestamps

@testable import Notifications

@Suite struct NotificationTextTests {
    private static let id = Identifier(high: 0x019b_76da_a87b_7000, low: 0x8000_0000_0000_0010)
    private static let text = "019b76da-a87b-7000-8000-000000000010"

    private func order(_ reason: ExactText? = nil, items: [OrderItem] = Self.items) -> OrderEvent.Order {
        let sum = items.reduce(0) { $0 + $1.lineTotal.amount }
        return OrderEvent.Order(
            orderID: Self.id, status: .confirmed, customer: nil, items: items,
            total: Money(amount: sum, currency: "EUR"), createdAt: .now(), updatedAt: .now(), reason: reason)
    }

    private static let items = [
        OrderItem(productID: "TEA-1", name: "Grüner Tee", quantity: 12, unitPrice: Money(amount: 599, currency: "EUR")),
        OrderItem(productID: "CUP", name: "Cup", quantity: 1, unitPrice: Money(amount: 5, currency: "EUR")),
    ]

    @Test func anEmailHasEachLine() {
        let text = NotificationText.of(.orderConfirmed, channel: .email, order: order(), name: "Ada")
        #expect(text.subject == "Your order \(Self.text) is confirmed")
        #expect(
            text.body == """
                Hello Ada,

                Thank you for your order \(Self.text). It is confirmed.

                  12 x Grüner Tee (TEA-1)  71.88 EUR
                  1 x Cup (CUP)  0.05 EUR

                Total: 71.93 EUR

                Your shop
                """)
    }

    @Test func anSMSHasTheSum() {
        let many = NotificationText.of(.orderShipped, channel: .sms, order: order(), name: "Ada")
        #expect(many.subject == "")
        #expect(
            many.body == "Your order \(Self.text) has left our house and is on its way to you. 13 items, 71.93 EUR.")
        let one = NotificationText.of(.orderDelivered, channel: .sms, order: order(items: [Self.items[1]]), name: "A")
        #expect(one.body == "Your order \(Self.text) was delivered. Enjoy it! 1 item, 0.05 EUR.")
    }

    @Test func howItIsShippedIsTold() {
        var shipped = order()
        shipped.details = OrderDetails(note: "x", carrier: "DHL", trackingNumber: "0034")
        let sms = NotificationText.of(.orderShipped, channel: .sms, order: shipped, name: "Ada")
        #expect(sms.body.string.hasSuffix(" 13 items, 71.93 EUR.\nCarrier: DHL\nTracking number: 0034"))
        let mail = NotificationText.of(.orderShipped, channel: .email, order: shipped, name: "Ada")
        #expect(mail.body.string.contains("on its way to you.\n\nCarrier: DHL\nTracking number: 0034\n\n  "))
        // What it was shipped by is no news later.
        let delivered = NotificationText.of(.orderDelivered, channel: .email, order: shipped, name: "Ada")
        #expect(!delivered.body.string.contains("0034"))
        shipped.details = OrderDetails(note: "x")
        let unsaid = NotificationText.of(.orderShipped, channel: .email, order: shipped, name: "Ada")
        #expect(unsaid.body.string.contains("on its way to you.\n\n  ") && !unsaid.body.string.contains("Carrier"))
    }

    @Test func aReasonIsTold() {
        let told = NotificationText.of(.orderCancelled, channel: .sms, order: order("sold out"), name: "Ada")
        #expect(told.body == "Your order \(Self.text) is cancelled: sold out 13 items, 71.93 EUR.")
        let untold = NotificationText.of(.orderCancelled, channel: .sms, order: order(), name: "Ada")
        #expect(untold.body == "Your order \(Self.text) is cancelled. 13 items, 71.93 EUR.")
    }

    @Test func theShopSignsInItsLanguage() {
        let wording = Wording(shop: "Tee & Tassen", language: .de)
        let text = NotificationText.of(.orderShipped, channel: .email, order: order(), name: "Ada", in: wording)
        #expect(text.subject == "Ihre Bestellung \(Self.text) ist unterwegs")
        #expect(
            text.body == """
                Guten Tag Ada,

                Ihre Bestellung \(Self.text) hat unser Haus verlassen und ist auf dem Weg zu Ihnen.

                  12 x Grüner Tee (TEA-1)  71,88 EUR
                  1 x Cup (CUP)  0,05 EUR

                Summe: 71,93 EUR

                Tee & Tassen
                """)
    }

    /// No language lacks a phrase: each has its own of what is said of an order.
    @Test(arguments: Wording.Language.allCases) func eachLanguageSaysAll(_ language: Wording.Language) {
        var seen: Set<ExactText> = []
        for kind in [Notification.Kind.orderConfirmed, .orderShipped, .orderDelivered, .orderCancelled] {
            for reason in [nil, "sold out"] as [ExactText?] {
                func email(_ language: Wording.Language) -> NotificationText {
                    .of(kind, channel: .email, order: order(reason), name: "Ada", in: Wording(language: language))
                }
                let text = email(language)
                #expect(text.subject.string.contains(Self.text) && text.body.string.contains(Self.text))
                #expect(text.body.string.contains("sold out") == (reason != nil && kind == .orderCancelled))
                seen.insert(text.body)
                for other in Wording.Language.allCases where other != language {
                    #expect(email(other).subject != text.subject && email(other).body != text.body)
                }
            }
        }
        #expect(seen.count == 5)
        let about = NotificationText.asked(
            .custom, channel: .email, order: Self.id, message: "Hi.", in: Wording(language: language))
        #expect(about.subject.string.hasSuffix(Self.text) && about.body == "Hi.")
    }

    @Test func whatSomeoneAskedForHasHisWords() {
        let custom = NotificationText.asked(.custom, channel: .email, order: Self.id, message: "Hi.")
        #expect(custom == NotificationText(subject: "About your order \(ExactText(Self.text))", body: "Hi."))
        let both = NotificationText.asked(.orderConfirmed, channel: .sms, order: Self.id, message: "Hi.")
        #expect(both.subject == "" && both.body == "Thank you for your order \(Self.text). It is confirmed.\n\nHi.")
    }

    /// The memory grows.
    @Test func longTextIsWhole() {
        var writer = TextWriter(capacity: 1)
        let piece = ExactText(String(repeating: "é", count: 70))
        for number in 0..<20 as Range<Int64> {
            writer.put(piece)
            writer.put(number)
        }
        #expect(writer.finish() == ExactText((0..<20).map { "\(piece)\($0)" }.joined()))
    }
}
