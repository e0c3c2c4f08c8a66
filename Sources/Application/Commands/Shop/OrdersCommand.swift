import Arguments
import JSON
import ServiceLife
import Shop
import ShopClient

/// `orderlog orders place|list|show|ship|deliver|cancel|watch`
enum OrdersCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "orders", summary: "Place orders, look at them, move them on",
            examples: [
                "orderlog orders place --name Ada --email ada@example.com --item PROD-001 --item PROD-005=2",
                "orderlog orders list --status confirmed", "orderlog orders ship ORDER_ID --carrier DHL",
                "orderlog orders show ORDER_ID --timeline", "orderlog orders watch ORDER_ID",
            ],
            subcommands: [
                OrderPlacing.command(shutdown), list(shutdown), OrderShowing.command(shutdown), ship(shutdown),
                deliver(shutdown), cancel(shutdown), OrderWatching.command(shutdown),
            ])
    }

    static let orderID = Positional(name: "ORDER_ID", help: "The order, as `orders list` has it")

    private static func list(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "list", summary: "Show orders, the newest first",
            options: ShopTool.options + [
                ShopTool.limit("orders"),
                Option(
                    name: "status", value: "STATUS", help: "Only orders in this state",
                    choices: OrderStatus.allCases.map(\.rawValue)),
                Option(name: "email", value: "EMAIL", help: "Only this customer's"),
                Option(name: "customer-id", value: "ID", help: "Only this customer's, as the shop calls them"),
                Option(name: "product", value: "SKU", help: "Only orders that have this product"),
            ] + ShopTool.created("orders")
        ) { arguments in
            let limit = try ShopTool.limit(arguments)
            let query = try ShopTool.query(
                arguments,
                [
                    ("status", "status"), ("email", "customer_email"), ("customer-id", "customer_id"),
                    ("product", "product_id"), ("from", "created_from"), ("to", "created_to"),
                ])
            return try await ShopTool.withShop(arguments, shutdown) { shop in
                let list = try await shop.list("/orders", of: .order, "orders", query: query, limit: limit)
                try ShopTool.show(list, arguments, none: "there is no such order") { $1.orders.list($0) }
                return 0
            }
        }
    }

    private static func ship(_ shutdown: ShutdownSignal) -> Command {
        move(
            "ship", "Mark an order as shipped: its stock leaves the shop", shutdown,
            options: [
                Option(name: "carrier", value: "NAME", help: "Who brings it; the customer is told"),
                Option(name: "tracking-number", value: "NUMBER", help: "By which the carrier knows it, likewise"),
            ], members: [("carrier", "carrier"), ("tracking-number", "tracking_number")])
    }

    private static func deliver(_ shutdown: ShutdownSignal) -> Command {
        move("deliver", "Mark a shipped order as delivered", shutdown)
    }

    private static func cancel(_ shutdown: ShutdownSignal) -> Command {
        move(
            "cancel", "Cancel an order that has not been shipped: its stock can be ordered again", shutdown,
            options: [Option(name: "reason", value: "TEXT", help: "Why; the customer is told")],
            members: [("reason", "reason")])
    }

    /// `members`: options, and what the API calls them.
    private static func move(
        _ verb: String, _ summary: String, _ shutdown: ShutdownSignal, options: [Option] = [],
        members: [(option: String, name: String)] = []
    ) -> Command {
        Command(
            name: verb, summary: summary, options: ShopTool.options + options, arguments: [orderID]
        ) { arguments in
            let given = members.compactMap { option, name in arguments.value(option).map { (name, $0) } }
            var json = JSONWriter()
            json.object { json in
                for (name, value) in given {
                    json.key(string: name)
                    json.string(value)
                }
            }
            let request = ShopRequest(
                "POST", "\(path(arguments))/\(verb)", of: .order, body: given.isEmpty ? nil : json.finish())
            return try await ask(request, arguments, shutdown)
        }
    }

    static func path(_ arguments: ParsedArguments) -> String {
        "/orders/\(ShopRequest.segment(arguments.positional("ORDER_ID")))"
    }

    /// Asks for something that is answered with an order, and shows it.
    static func ask(
        _ request: ShopRequest, _ arguments: ParsedArguments, _ shutdown: ShutdownSignal
    ) async throws -> Int32 {
        try await ShopTool.withShop(arguments, shutdown) { shop in
            try ShopTool.show(try await shop.send(request), arguments) { $1.orders.one($0) }
            return 0
        }
    }
}
