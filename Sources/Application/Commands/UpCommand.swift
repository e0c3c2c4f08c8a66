import Arguments
import Databases
import ServiceLife

/// `orderlog up`
enum UpCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "up", summary: "Run all three services and the console in this process, with nothing else installed",
            discussion: """
                Orders, stock, notifications and the log are files under --data, and are there after a restart. With
                --kafka the log is Kafka's. When a service is ready, a line on standard output says where. What is for operators
                alone (/metrics, /health in detail) is answered at order.sock, inventory.sock and notification.sock in --data:
                curl --unix-socket data/order.sock http://localhost/metrics

                \(Limits.all)
                """,
            options: [
                CommonOptions.data, CommonOptions.port("order-port", "order", default: 8080),
                CommonOptions.port("inventory-port", "inventory", default: 8081),
                CommonOptions.port("notification-port", "notification", default: 8082), consolePort,
                CommonOptions.kafka,
                CommonOptions.kafkaConfig, CommonOptions.kafkaRack, CommonOptions.kafkaInstance,
            ] + MessageOptions.all + CommonOptions.running
        ) { arguments in
            let (sink, logger) = try CommonOptions.logging(arguments, service: "orderlog")
            return try await Running.telling(sink, logger) {
                CommonOptions.guardSecrets(arguments, logger)
                let folder = arguments.value("data") ?? "./data"
                try LogSettings.createDataFolder(folder)
                func settings(_ service: String) throws -> ServiceSettings {
                    try CommonOptions.settings(
                        arguments, port: "\(service)-port", inside: .socket(folder: folder, name: service),
                        database: service == "console" ? nil : .sqlite(path: "\(folder)/\(service).db"))
                }
                var system = SystemSettings(
                    log: try CommonOptions.log(
                        arguments,
                        as: try .replica(of: "up", port: try arguments.int("order-port", in: 0...65_535), arguments)),
                    order: try settings("order"), inventory: try settings("inventory"),
                    notification: try settings("notification"))
                system.console = ConsoleSettings(
                    try settings("console"), isPortChosen: arguments.isGiven("console-port"))
                system.messages = try MessageOptions.settings(arguments)
                system.kafkaConfig = arguments.value("kafka-config")
                CommonOptions.setAccess(of: &system, arguments)
                system.tracing = try CommonOptions.tracing()
                return try await Running.run(
                    system, logging: sink, logger: logger, drainDelay: try CommonOptions.drainDelay(arguments),
                    shutdown: shutdown)
            }
        }
    }

    private static let consolePort = Option(
        name: "console-port", value: "PORT",
        help:
            "Port of the console, the shop in a browser; 0 takes a free one, and so it does where nobody chose and it is taken",
        environment: "CONSOLE_PORT", default: "8083")
}
