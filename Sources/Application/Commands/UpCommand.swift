import Arguments
import ServiceHost

/// `orderlog up`
enum UpCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "up", summary: "Run all three services in this process, with nothing else installed",
            discussion: """
                Orders, stock, notifications and the log are files under --data, and are there after a restart. With
                --kafka the log is Kafka's. When a service is ready, a line on standard output says where. What is for operators
                alone (/metrics, /health in detail) is answered at order.sock, inventory.sock and notification.sock in --data:
                curl --unix-socket data/order.sock http://localhost/metrics
                """,
            options: [
                CommonOptions.data, CommonOptions.port("order-port", "order", default: 8080),
                CommonOptions.port("inventory-port", "inventory", default: 8081),
                CommonOptions.port("notification-port", "notification", default: 8082), CommonOptions.kafka,
                CommonOptions.kafkaConfig,
            ] + CommonOptions.running
        ) { arguments in
            let (sink, logger) = try CommonOptions.logging(arguments, service: "orderlog")
            let folder = arguments.value("data") ?? "./data"
            try LogSettings.createDataFolder(folder)
            func settings(_ service: String) throws -> ServiceSettings {
                try CommonOptions.settings(
                    arguments, port: "\(service)-port", inside: .socket(folder: folder, name: service),
                    database: .sqlite(path: "\(folder)/\(service).db"))
            }
            return try await Running.run(
                SystemSettings(
                    log: try CommonOptions.log(arguments), order: try settings("order"),
                    inventory: try settings("inventory"), notification: try settings("notification")),
                logging: sink, logger: logger, drainDelay: try CommonOptions.drainDelay(arguments),
                shutdown: shutdown)
        }
    }
}
