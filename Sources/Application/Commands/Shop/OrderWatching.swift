import Arguments
import Foundation
import ServiceLife
import ShopClient

/// `orderlog orders watch`
enum OrderWatching {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "watch", summary: "Show an order's steps as they come, until its last",
            discussion: """
                It looks every second, says what it waits for, and goes on when the shop was away. An order ends delivered, cancelled or \
                rejected. With --json the order is printed as it is at its end.
                """, options: ShopTool.options, arguments: [OrdersCommand.orderID]
        ) { arguments in
            try await ShopTool.withShop(arguments, shutdown) { shop in
                let terminal = Terminal(arguments)
                let isJSON = arguments.flag("json")
                let watch = OrderWatch(shop, orderID: arguments.positional("ORDER_ID"), pause: .seconds(1))
                let order = try await watch.run { news in
                    switch news {
                    case .step(let step):
                        guard !isJSON else { return }
                        ShopTool.show(terminal.orders.step(step))
                        // Who reads it through a pipe watches, too.
                        fflush(nil)
                    case .waits(let next): LogTool.say("waiting until it is \(next)")
                    case .away(let reason): LogTool.say("the shop can't be asked now, and is asked again: \(reason)")
                    case .back: LogTool.say("the shop is back")
                    }
                }
                if isJSON { printJSON(order) }
                return 0
            }
        }
    }
}
