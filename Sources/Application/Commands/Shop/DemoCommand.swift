import Arguments
import Demo
import Progress
import ServiceLife
import ShopClient

/// `orderlog demo`
enum DemoCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "demo", summary: "Fill a shop with a day's orders, to look around in",
            discussion: """
                Products, customers of many countries, and orders as the hours of a day bring them: most are shipped, many delivered, \
                some cancelled, and some refused because something has sold out. The same --seed makes the same day. It is for a shop \
                that nobody has ordered from yet, unless --again. The customers' addresses are of example.com: with --email-by their \
                messages leave for there.
                """,
            examples: ["orderlog demo", "orderlog demo --orders 2000 --seed 7", "orderlog demo --again --over 10m"],
            options: [
                ShopTool.url, ShopTool.keyFile, ShopTool.plainHTTP, ShopTool.timeout, ShopTool.json,
                Option(name: "orders", value: "N", help: "How many are tried", default: "300"),
                Option(name: "seed", value: "N", help: "The same one makes the same day", default: "1"),
                Option(name: "over", value: "TIME", help: "How long the day takes, as 10m or 24h", default: "0s"),
                Option(name: "again", help: "Also where there are orders already"),
            ]
        ) { arguments in
            let day = DemoDay(
                seed: UInt64(try arguments.int("seed", in: 0...Int.max)),
                orders: try arguments.int("orders", in: 1...100_000))
            let length = try length(arguments)
            return try await ShopTool.withShop(arguments, shutdown) { shop in
                let isWelcome = arguments.flag("again") ? true : try await DemoRun.isEmpty(shop)
                guard isWelcome else {
                    throw Failure("the shop has orders already: the demo is for an empty one, unless you say --again")
                }
                let run = DemoRun(shop, day: day, length: length)
                let progress = Progress()
                progress.begin("filling the shop", total: Int64(run.steps))
                defer { progress.end() }
                let report = try await run.run { progress.advance(by: 1) }
                progress.end()
                if arguments.flag("json") {
                    printJSON(report.json)
                } else {
                    print(report.text)
                    print("look around: orderlog orders list, orderlog products list, orderlog notifications list")
                }
                return 0
            }
        }
    }

    /// At most a week.
    private static func length(_ arguments: ParsedArguments) throws(UsageError) -> Duration {
        let text = try arguments.required("over")
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            (0...7 * 86_400 / unit).contains(count)
        else { throw arguments.wrong("over", "must be a time of at most a week, as 90s, 10m or 24h") }
        return .seconds(count * unit)
    }
}
