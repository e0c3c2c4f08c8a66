import Arguments
import JSON
import ServiceLife
import Shop
import ShopClient

/// `orderlog products change`
enum ProductChanging {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "change", summary: "Change a product's price, name, threshold or metadata, archive it, bring it back",
            discussion: """
                What is not said stays as it is. A price keeps the product's currency, unless it names one, as '34.90 EUR'. Orders keep \
                the price at which they were placed. An archived product can't be ordered; what was ordered of it is.
                """,
            examples: [
                "orderlog products change lamp --price 34.90",
                "orderlog products change lamp --metadata supplier=ACME --remove-metadata season",
            ],
            options: ShopTool.options + [
                Option(name: "price", value: "AMOUNT", help: "Of one unit, as 34.90"),
                Option(name: "name", value: "NAME", help: "What customers call it"), ProductsCommand.threshold,
                Option(
                    name: "metadata", value: "NAME=VALUE", help: "Something that the shop keeps with the product",
                    repeatable: true),
                Option(name: "remove-metadata", value: "NAME", help: "What it is to keep no more", repeatable: true),
                Option(name: "archive", help: "Nobody can order it any more"),
                Option(name: "restore", help: "It can be ordered again"),
            ], arguments: [ProductsCommand.sku]
        ) { arguments in
            guard !arguments.flag("archive") || !arguments.flag("restore") else {
                throw UsageError("--archive and --restore are two ways: say one")
            }
            let changes = ["price", "name", "threshold", "metadata", "remove-metadata", "archive", "restore"]
            guard changes.contains(where: arguments.isGiven) else {
                throw UsageError(
                    "nothing is to be changed: say --price, --name, --threshold, --metadata, --archive or --restore")
            }
            let metadata = try self.metadata(arguments)
            let threshold = try arguments.intIfGiven("threshold", in: ProductsCommand.units)
            return try await ShopTool.withShop(arguments, shutdown) { shop in
                let path = ProductsCommand.path(arguments)
                var price: Money?
                if arguments.isGiven("price") {
                    let product = try JSONValue.answered(
                        try await shop.send(ShopRequest("GET", path, of: .inventory)))
                    let currency = product["price"]?["currency"]?.string ?? ""
                    price = try arguments.money("price", currency: currency)
                }
                var json = JSONWriter()
                json.object { json in
                    if let name = arguments.value("name") { json.field("name", name) }
                    if let price {
                        json.key("price")
                        price.write(to: &json)
                    }
                    if let threshold { json.field("low_stock_threshold", threshold) }
                    if !metadata.isEmpty { write(metadata, to: &json) }
                    if arguments.flag("archive") || arguments.flag("restore") {
                        json.field("archived", arguments.flag("archive"))
                    }
                }
                let answer = try await shop.send(ShopRequest("PATCH", path, of: .inventory, body: json.finish()))
                try ShopTool.show(answer, arguments) { $1.products.one($0) }
                return 0
            }
        }
    }

    /// nil: what is to be removed.
    private static func metadata(_ arguments: ParsedArguments) throws(UsageError) -> [(name: String, value: String?)] {
        let kept = try arguments.pairs("metadata")
        let removed = Set(arguments.values("remove-metadata"))
        if let name = kept.first(where: { removed.contains($0.name) })?.name {
            throw UsageError("--metadata and --remove-metadata both name \(name)")
        }
        var all: [(name: String, value: String?)] = []
        for (name, value) in kept { all.append((name, value)) }
        for name in removed.sorted() { all.append((name, nil)) }
        return all
    }

    /// As a merge patch has it: null removes.
    private static func write(_ metadata: [(name: String, value: String?)], to json: inout JSONWriter) {
        json.key("metadata")
        json.object { json in
            for (name, value) in metadata {
                json.key(string: name)
                if let value { json.string(value) } else { json.null() }
            }
        }
    }
}
