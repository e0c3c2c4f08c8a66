import Arguments
import Foundation
import Identifiers
import Load
import ShopClient

/// What `orderlog load` is told.
struct LoadOptions {
    var plan: LoadPlan
    /// Whether each order has the run's mark in its customer's address.
    var isMarked: Bool
    var products: [String]
    var inventory: Target?
    var notification: Target?
    var key: String?
    /// Units.
    var stock: Int64
    var settle: Duration
    var pids: [Int32]
    var audits: Bool
    var json: Bool
    var html: String?

    static let all: [Option] =
        [
            Option(
                name: "target", value: "URL", help: "Where orders are placed, by POST to /orders below it",
                default: "http://127.0.0.1:8080"),
            Option(
                name: "inventory", value: "URL",
                help:
                    "The inventory service: products are made there, and stock is looked at (default http://127.0.0.1:8081 where --target is not given)"
            ),
            Option(
                name: "notification", value: "URL",
                help:
                    "The notification service: who was told, and when (default http://127.0.0.1:8082 where --target is not given)"
            ),
            Option(
                name: "rate", value: "N",
                help: "Requests a second, each timed from when it is due; without it, as fast as answers come"),
            Option(name: "connections", short: "c", value: "N", help: "Connections at most", default: "64"),
            Option(
                name: "duration", value: "TIME", help: "How long, as 30s, 10m or 1h (default 30s, or 1h with --orders)"),
            Option(name: "orders", value: "N", help: "End after so many requests"),
            Option(
                name: "warm-up", value: "TIME", help: "What is sent before counts for no time and rate", default: "0s"),
            Option(name: "deadline", value: "TIME", help: "For each request, from when it is due", default: "10s"),
            Option(name: "products", value: "N", help: "Products of the mix, LOAD-001 and on", default: "100"),
            Option(
                name: "product", value: "ID", help: "A product to order in their place, the most popular first",
                repeatable: true),
            Option(name: "hot", value: "ID", help: "Only this product, on one line"),
            Option(
                name: "skew", value: "N", help: "How much more popular the first products are (Zipf); 0: all alike",
                default: "1"),
            Option(name: "lines", value: "N", help: "Lines of an order at most", default: "3"),
            Option(
                name: "bodies", value: "FILE",
                help: "Bodies of orders, a line of JSON each, sent in turn, in place of the mix"),
            Option(
                name: "stock", value: "UNITS", help: "What there is of each product at least before it begins",
                default: "1000000000"),
            Option(
                name: "idempotent", value: "PART", help: "Part of the requests that have an Idempotency-Key",
                default: "0.5"),
            Option(
                name: "repeats", value: "PART",
                help:
                    "Part of the requests that say an accepted one again, which has to be the same order; only with --idempotent",
                default: "0.01"),
            Option(name: "seed", value: "N", help: "The same orders in the same turn", default: "1"),
            ShopTool.keyFile, ShopTool.plainHTTP,
            Option(
                name: "settle", value: "TIME", help: "How long what was accepted may take until it is stored and told",
                default: "60s"),
            Option(
                name: "pid", value: "PID",
                help: "A process whose use is told, its children included, beside those that listen at the URLs",
                repeatable: true),
            Option(name: "data", value: "FOLDER", help: "Where `up` keeps its files: audits them afterwards"),
            CommonOptions.kafka, CommonOptions.kafkaConfig, CommonOptions.database("order"),
            CommonOptions.database("inventory"), CommonOptions.database("notification"),
            CommonOptions.passwordFile("order-database"), CommonOptions.passwordFile("inventory-database"),
            CommonOptions.passwordFile("notification-database"),
            Option(name: "json", help: "Print one JSON object, for machines"),
            Option(name: "html", value: "FILE", help: "Also write a page with curves"),
        ]

    static func read(_ arguments: ParsedArguments) throws -> LoadOptions {
        let target = try self.target("target", arguments) ?? Target("http://127.0.0.1:8080")
        guard let target else { throw UsageError("--target is missing") }
        let isOurs = !arguments.isOnCommandLine("target")
        let mark =
            String(UInt32(truncatingIfNeeded: Identifier.time().high >> 16), radix: 16)
            + String(UInt16.random(in: 0...UInt16.max), radix: 16)
        guard arguments.value("bodies") == nil || arguments.value("hot") == nil && arguments.values("product").isEmpty
        else { throw UsageError("--bodies goes without --hot and --product: the file says what is ordered") }
        let file = try arguments.value("bodies").map { try OrderFile.read($0) }
        let products = try products(arguments)
        var plan = LoadPlan(target: target, drafts: file ?? [], mark: mark)
        plan.seed = UInt64(try arguments.int("seed", in: 0...Int.max))
        if file == nil {
            let mix = OrderMix(
                products: products, skew: try arguments.double("skew", in: 0...10),
                lines: arguments.value("hot") == nil ? try arguments.int("lines", in: 1...100) : 1, mark: mark)
            var dice = Dice(seed: plan.seed)
            plan.drafts = mix.drafts(4_096, &dice)
        }
        plan.isInOrder = file != nil
        plan.rate = arguments.value("rate") == nil ? nil : try arguments.double("rate", in: 0.1...1_000_000)
        plan.connections = try arguments.int("connections", in: 1...10_000)
        plan.orders = try arguments.intIfGiven("orders", in: 1...1_000_000_000)
        plan.duration = try nanoseconds("duration", arguments) ?? (plan.orders == nil ? 30 : 3_600) * 1_000_000_000
        guard plan.duration > 0 else { throw arguments.wrong("duration", "is no time at all") }
        plan.warmUp = try nanoseconds("warm-up", arguments) ?? 0
        plan.deadline = try nanoseconds("deadline", arguments) ?? 0
        guard plan.deadline > 0 else { throw arguments.wrong("deadline", "is no time at all") }
        plan.idempotent = try arguments.double("idempotent", in: 0...1)
        plan.repeats = plan.idempotent > 0 ? try arguments.double("repeats", in: 0...0.9) : 0
        let neighbours = (
            inventory: try self.target("inventory", arguments) ?? (isOurs ? Target("http://127.0.0.1:8081") : nil),
            notification: try self.target("notification", arguments)
                ?? (isOurs ? Target("http://127.0.0.1:8082") : nil)
        )
        let key = try ShopTool.accessKey(
            arguments, for: ShopAddresses(target.url), neighbours.inventory.flatMap { ShopAddresses($0.url) },
            neighbours.notification.flatMap { ShopAddresses($0.url) })
        if let key { plan.headers = "Authorization: Bearer \(key)\r\n" }
        let counted = Set(plan.drafts.flatMap(\.units.keys)).sorted()
        return LoadOptions(
            plan: plan, isMarked: file == nil, products: counted.count <= 10_000 ? counted : [],
            inventory: neighbours.inventory, notification: neighbours.notification,
            key: key, stock: Int64(try arguments.int("stock", in: 0...1_000_000_000_000)),
            settle: .nanoseconds(Int64(try nanoseconds("settle", arguments) ?? 0)),
            pids: try arguments.values("pid").map { text in
                guard let pid = Int32(text), pid > 0 else { throw arguments.wrong("pid", "is no process id") }
                return pid
            },
            audits: ["data", "order-database", "inventory-database", "notification-database"].contains {
                arguments.isOnCommandLine($0)
            },
            json: arguments.flag("json"), html: arguments.value("html"))
    }

    private static func products(_ arguments: ParsedArguments) throws -> [String] {
        if let hot = arguments.value("hot") { return [hot] }
        let named = arguments.values("product")
        guard named.isEmpty else { return named }
        return (1...(try arguments.int("products", in: 1...10_000))).map { number in
            "LOAD-" + String(repeating: "0", count: max(0, 3 - "\(number)".count)) + "\(number)"
        }
    }

    private static func target(_ option: String, _ arguments: ParsedArguments) throws -> Target? {
        guard let text = arguments.value(option) else { return nil }
        guard let target = Target(text) else { throw arguments.wrong(option, "must be http://HOST[:PORT][/PATH]") }
        return target
    }

    /// `500ms`, `30s`, `10m`, `1h`, at most a day; a number alone is seconds. nil: it is not given.
    private static func nanoseconds(_ option: String, _ arguments: ParsedArguments) throws -> UInt64? {
        guard let text = arguments.value(option) else { return nil }
        let units: [(String, Double)] = [("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12), ("", 1e9)]
        for (unit, size) in units where text.hasSuffix(unit) {
            if let number = Double(text.dropLast(unit.count)), number >= 0, number * size <= 8.64e13 {
                return UInt64(number * size)
            }
        }
        throw arguments.wrong(option, "must be a time of at most a day, as 500ms, 30s, 10m or 1h")
    }
}
