import Arguments
import ServiceLife
import ShopClient

/// `orderlog orders show`
enum OrderShowing {
    private static let console = Option(
        name: "console", value: "URL",
        help: "Where the console is, which tells the story of --timeline: http://HOST[:PORT]",
        environment: "ORDERLOG_CONSOLE_URL", default: "http://127.0.0.1:8083")

    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "show", summary: "Show an order, and what became of it",
            discussion: """
                With --timeline it is the whole story, as the console puts it together: each step, its event on the log, who has handled \
                that, and each message, with the time that lies between.
                """,
            options: ShopTool.options + [
                Option(name: "timeline", help: "Its whole story, drawn as a line in time"), console,
            ], arguments: [OrdersCommand.orderID]
        ) { arguments in
            guard arguments.flag("timeline") else {
                let request = ShopRequest("GET", OrdersCommand.path(arguments), of: .order)
                return try await OrdersCommand.ask(request, arguments, shutdown)
            }
            return try await timeline(arguments, shutdown)
        }
    }

    private static func timeline(_ arguments: ParsedArguments, _ shutdown: ShutdownSignal) async throws -> Int32 {
        let url = try arguments.required("console")
        guard let addresses = ShopAddresses(url), addresses.isOne, !url.contains(",") else {
            throw arguments.wrong("console", "must be http://HOST[:PORT]")
        }
        let request = ShopRequest("GET", OrdersCommand.path(arguments) + "/timeline", of: .order)
        do {
            return try await ShopTool.withShop(arguments, shutdown, at: addresses) { shop in
                try ShopTool.show(try await shop.send(request), arguments) { $1.timelines.text($0) }
                return 0
            }
        } catch ShopError.unreachable(let reason) {
            throw Failure(
                "the console can't be reached: \(reason); `orderlog up` has one, and --console (ORDERLOG_CONSOLE_URL) says where it is"
            )
        }
    }
}
