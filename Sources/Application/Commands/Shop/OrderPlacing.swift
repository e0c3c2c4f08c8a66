import Arguments
import Identifiers
import ServiceLife
import ShopClient

/// `orderlog orders place`
enum OrderPlacing {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "place", summary: "Place an order",
            discussion: """
                The order has an Idempotency-Key of its own: where an answer is lost it is sent again until --timeout, and stays one \
                order. A script that may be run twice says --idempotency-key.
                """,
            examples: [
                "orderlog orders place --name Ada --email ada@example.com --item PROD-001 --item PROD-005=2",
                "orderlog orders place --name Ada --email ada@example.com --item PROD-005=2 --expected-total 25.98",
                "orderlog orders place --name Ada --email ada@example.com --item PROD-001 --address line1='12 St James Sq' --address city=London",
            ],
            options: ShopTool.options + [
                Option(
                    name: "item", short: "i", value: "SKU[=QUANTITY]",
                    help: "What is ordered, and how many units (required)",
                    repeatable: true),
                Option(name: "name", value: "NAME", help: "The customer (required)"),
                Option(name: "email", value: "EMAIL", help: "Where the customer is told (required)"),
                Option(name: "phone", value: "PHONE", help: "Where the customer is told by SMS, too"),
                Option(name: "customer-id", value: "ID", help: "What the shop calls the customer"),
                Option(
                    name: "address", value: "MEMBER=TEXT",
                    help:
                        "A part of the address that it is sent to: name, company, line1, line2, city, state, postal_code, country, phone",
                    repeatable: true),
                Option(name: "note", value: "TEXT", help: "What the customer wants said"),
                Option(
                    name: "metadata", value: "NAME=VALUE", help: "Something that the shop keeps with the order",
                    repeatable: true),
                Option(
                    name: "expected-total", value: "AMOUNT",
                    help: "What it should cost, as 25.98: refused where it costs something else by now"),
                ShopTool.currency,
                Option(
                    name: "idempotency-key", value: "KEY",
                    help: "Said twice, it is one order (default: a key of its own, new each time)"),
            ]
        ) { arguments in
            let items = try arguments.items("item")
            guard !items.isEmpty else { throw UsageError("--item is missing: what is ordered, as PROD-001=2") }
            var order = NewOrder(
                name: try arguments.required("name"), email: try arguments.required("email"),
                phone: arguments.value("phone"), items: items)
            order.customerID = arguments.value("customer-id")
            order.address = try arguments.pairs("address")
            order.note = arguments.value("note")
            order.metadata = try arguments.pairs("metadata")
            order.expectedTotal = try arguments.money("expected-total", currency: try arguments.currency())
            let request = ShopRequest(
                "POST", "/orders", of: .order, body: order.json(),
                idempotencyKey: arguments.value("idempotency-key") ?? Identifier.time().description)
            return try await OrdersCommand.ask(request, arguments, shutdown)
        }
    }
}
