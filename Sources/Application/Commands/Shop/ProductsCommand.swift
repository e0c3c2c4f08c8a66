import Arguments
import Identifiers
import Inventory
import JSON
import ServiceLife
import Shop
import ShopClient

/// `orderlog products list|show|add|change|replenish`
enum ProductsCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "products", summary: "Look at products, add and change them, add stock",
            examples: [
                "orderlog products list", "orderlog products add lamp --name 'Desk lamp' --price 39.99 --quantity 10",
                "orderlog products change lamp --price 34.90", "orderlog products replenish lamp --quantity 25",
            ],
            subcommands: [
                list(shutdown), show(shutdown), add(shutdown), ProductChanging.command(shutdown), replenish(shutdown),
            ])
    }

    static let sku = Positional(name: "SKU", help: "The product, as `products list` has it")

    private static func list(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "list", summary: "Show products and their stock, the newest first",
            options: ShopTool.options + [
                ShopTool.limit("products"),
                Option(
                    name: "status", value: "STATUS", help: "Only products in this state",
                    choices: StockStatus.allCases.map(\.rawValue)),
                Option(
                    name: "archived", value: "WHICH", help: "Those that are archived: none, only them, or these, too",
                    default: "false", choices: ["false", "true", "all"]),
            ]
        ) { arguments in
            let limit = try ShopTool.limit(arguments)
            let query = try ShopTool.query(arguments, [("status", "status"), ("archived", "archived")])
            return try await ShopTool.withShop(arguments, shutdown) { shop in
                let list = try await shop.list(
                    "/inventory", of: .inventory, "products", query: query, limit: limit)
                try ShopTool.show(list, arguments, none: "there is no such product") { $1.products.list($0) }
                return 0
            }
        }
    }

    private static func show(_ shutdown: ShutdownSignal) -> Command {
        Command(name: "show", summary: "Show a product", options: ShopTool.options, arguments: [sku]) { arguments in
            try await ask(ShopRequest("GET", path(arguments), of: .inventory), arguments, shutdown)
        }
    }

    private static func add(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "add", summary: "Add a product: it can be ordered at once",
            options: ShopTool.options + [
                Option(name: "name", value: "NAME", help: "What customers call it (required)"),
                Option(name: "price", value: "AMOUNT", help: "Of one unit, as 39.99 (required)"), ShopTool.currency,
                Option(name: "quantity", value: "UNITS", help: "What there is of it", default: "0"), threshold,
                Option(
                    name: "metadata", value: "NAME=VALUE", help: "Something that the shop keeps with the product",
                    repeatable: true),
            ],
            arguments: [
                Positional(name: "SKU", help: "What it is to be known by: 1 to \(Text.productIDLimit) characters")
            ]
        ) { arguments in
            guard let price = try arguments.money("price", currency: try arguments.currency()) else {
                throw UsageError("--price is missing: of one unit, as 39.99")
            }
            var product = NewProductBody(
                productID: arguments.positional("SKU"), name: try arguments.required("name"), price: price,
                quantity: Int64(try arguments.int("quantity", in: units)),
                threshold: try arguments.intIfGiven("threshold", in: units).map(Int64.init))
            product.metadata = try arguments.pairs("metadata")
            return try await ask(
                ShopRequest("POST", "/inventory", of: .inventory, body: product.json()), arguments, shutdown)
        }
    }

    private static func replenish(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "replenish", summary: "Add units that have come",
            discussion: "Where an answer is lost it is sent again until --timeout, and is done once.",
            options: ShopTool.options + [Option(name: "quantity", value: "UNITS", help: "How many (required)")],
            arguments: [sku]
        ) { arguments in
            let quantity = try arguments.int("quantity", in: 1...units.upperBound)
            var json = JSONWriter()
            json.object { $0.field("quantity", quantity) }
            let request = ShopRequest(
                "PUT", "\(path(arguments))/replenish", of: .inventory, body: json.finish(),
                idempotencyKey: Identifier.time().description)
            return try await ask(request, arguments, shutdown)
        }
    }

    static let threshold = Option(
        name: "threshold", value: "UNITS", help: "At so many available units or fewer its status is low_stock")

    static let units = 0...Int(Units.ofProduct.upperBound)

    static func path(_ arguments: ParsedArguments) -> String {
        "/inventory/\(ShopRequest.segment(arguments.positional("SKU")))"
    }

    /// Asks for something that is answered with a product, and shows it.
    static func ask(
        _ request: ShopRequest, _ arguments: ParsedArguments, _ shutdown: ShutdownSignal
    ) async throws -> Int32 {
        try await ShopTool.withShop(arguments, shutdown) { shop in
            try ShopTool.show(try await shop.send(request), arguments) { $1.products.one($0) }
            return 0
        }
    }
}
