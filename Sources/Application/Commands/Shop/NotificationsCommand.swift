import Arguments
import Identifiers
import JSON
import Notifications
import ServiceLife
import ShopClient

/// `orderlog notifications list|show|resend`
enum NotificationsCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "notifications", summary: "See what customers were told, tell it again",
            examples: [
                "orderlog notifications list --order ORDER_ID", "orderlog notifications show NOTIFICATION_ID",
                "orderlog notifications resend NOTIFICATION_ID",
            ], subcommands: [list(shutdown), show(shutdown), resend(shutdown)])
    }

    private static let id = Positional(name: "NOTIFICATION_ID", help: "As `notifications list` has it")

    private static func list(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "list", summary: "Show notifications, the newest first",
            options: ShopTool.options + [
                ShopTool.limit("notifications"), Option(name: "order", value: "ORDER_ID", help: "Only this order's"),
                Option(
                    name: "status", value: "STATUS", help: "Only notifications in this state",
                    choices: Notification.Status.allCases.map(\.rawValue)),
                Option(
                    name: "channel", value: "CHANNEL", help: "Only those of this channel",
                    choices: Notification.Channel.allCases.map(\.rawValue)),
                Option(name: "recipient", value: "ADDRESS", help: "Only what goes to this address or number"),
            ] + ShopTool.created("notifications")
        ) { arguments in
            let limit = try ShopTool.limit(arguments)
            let query = try ShopTool.query(
                arguments,
                [
                    ("status", "status"), ("channel", "channel"), ("recipient", "recipient"),
                    ("from", "created_from"), ("to", "created_to"),
                ])
            guard query.isEmpty || arguments.value("order") == nil else {
                throw UsageError("--order lists all that an order's customer was told: it goes without other filters")
            }
            let path = arguments.value("order").map { "/notifications/order/\(ShopRequest.segment($0))" }
            return try await ShopTool.withShop(arguments, shutdown) { shop in
                let list = try await shop.list(
                    path ?? "/notifications", of: .notification, "notifications", query: query, limit: limit)
                try ShopTool.show(list, arguments, none: "there is no such notification") { $1.notifications.list($0) }
                return 0
            }
        }
    }

    private static func path(_ arguments: ParsedArguments) -> String {
        "/notifications/\(ShopRequest.segment(arguments.positional("NOTIFICATION_ID")))"
    }

    private static func show(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "show", summary: "Show a notification and its text", options: ShopTool.options, arguments: [id]
        ) { arguments in
            try await ShopTool.withShop(arguments, shutdown) { shop in
                let answer = try await shop.send(ShopRequest("GET", path(arguments), of: .notification))
                try ShopTool.show(answer, arguments) { $1.notifications.one($0) }
                return 0
            }
        }
    }

    private static func resend(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "resend", summary: "Tell it again, to the same address",
            discussion: """
                A new notification of the same kind is made by POST /notify: a message that somebody wrote word for word; what an event \
                told by its sentence, without the lines of the order. (`orderlog groups rewind notification-service --order ORDER_ID \
                --again` tells all of an order's events word for word.) Where an answer is lost it is sent again, and stays one.
                """, options: ShopTool.options, arguments: [id]
        ) { arguments in
            try await ShopTool.withShop(arguments, shutdown) { shop in
                let told = try JSONValue.answered(
                    try await shop.send(ShopRequest("GET", path(arguments), of: .notification)))
                let answer = try await shop.send(
                    ShopRequest(
                        "POST", "/notify", of: .notification, body: try repeated(told),
                        idempotencyKey: Identifier.time().description))
                try ShopTool.show(answer, arguments) { $1.notifications.list($0["notifications"]?.elements ?? []) }
                return 0
            }
        }
    }

    /// What asks for the same again.
    static func repeated(_ told: JSONValue) throws(Failure) -> [UInt8] {
        guard let order = told["order_id"]?.string, let type = told["type"]?.string,
            let recipient = told["recipient"]?.string,
            let channel = told["channel"]?.string.flatMap({ Notification.Channel(rawValue: $0) })
        else { throw Failure("the notification has not all that is needed to tell it again") }
        // Who asked for it may have said something behind the sentence of its kind.
        let body = told["body"]?.string ?? ""
        let message: String? =
            if type == Notification.Kind.custom.rawValue {
                body
            } else if told["event_id"] == nil, let gap = body.firstRange(of: "\n\n") {
                String(body[gap.upperBound...])
            } else {
                nil
            }
        var json = JSONWriter()
        json.object { json in
            json.field("order_id", order)
            json.field("type", type)
            json.key("recipient")
            json.object { json in
                switch channel {
                case .email: json.field("email", recipient)
                case .sms: json.field("phone", recipient)
                }
            }
            if let message { json.field("message", message) }
        }
        return json.finish()
    }
}
