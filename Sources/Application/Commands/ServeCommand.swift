import Arguments
import Databases
import Foundation
import ServiceLife

/// `orderlog serve order|inventory|notification|console`
enum ServeCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "serve", summary: "Run one service, on Kafka",
            subcommands: [
                serve("order", port: 8080, extra: [inventory], shutdown) { service, log, arguments in
                    SystemSettings(
                        log: log, order: service,
                        inventoryAddress: arguments.value("inventory").map {
                            ServiceAddress(url: $0, tokens: service.insideTokens)
                        })
                },
                serve("inventory", port: 8081, shutdown) { service, log, _ in
                    SystemSettings(log: log, inventory: service)
                },
                serve("notification", port: 8082, extra: MessageOptions.all, shutdown) { service, log, arguments in
                    var settings = SystemSettings(log: log, notification: service)
                    settings.messages = try MessageOptions.settings(arguments)
                    return settings
                },
                serve("console", port: 8083, extra: ConsoleOptions.all, hasDatabase: false, shutdown) {
                    service, log, arguments in
                    var settings = SystemSettings(log: log)
                    settings.console = ConsoleOptions.settings(service, arguments)
                    return settings
                },
            ])
    }

    private static let inventory = Option(
        name: "inventory", value: "URL",
        help:
            "Where the inventory service's inside door is: http://HOST:PORT or unix:PATH. On this machine its public port will do",
        environment: "INVENTORY_URL",
        default: "http://127.0.0.1:8081")

    private static let internalPort = Option(
        name: "internal-port", value: "PORT",
        help:
            "Port of the inside door, which has the calls between services, /metrics and /health in detail (default PORT + 1000)",
        environment: "INTERNAL_PORT")
    private static let internalHost = Option(
        name: "internal-host", value: "HOST", help: "Address of the inside door: one that strangers do not reach",
        environment: "INTERNAL_HOST", default: "127.0.0.1")

    private static let insideToken = Option(
        name: "inside-token", value: "FILE",
        help:
            "A file of tokens, one a line: the inside door wants one of them, the first is shown to inventory. Read again when it changes",
        environment: "INSIDE_TOKEN_FILE")

    /// Where nothing is said, it has the port a thousand above the other one, or below where there is none.
    private static func inside(_ arguments: ParsedArguments) throws -> InsideDoor {
        let host = try arguments.required("internal-host")
        if arguments.isGiven("internal-port") {
            return .port(host: host, port: try arguments.int("internal-port", in: 0...65_535), isChosen: true)
        }
        let port = try arguments.int("port", in: 0...65_535)
        return .port(host: host, port: port == 0 ? 0 : port > 64_535 ? port - 1_000 : port + 1_000, isChosen: false)
    }

    private static func serve(
        _ name: String, port: Int, extra: [Option] = [], hasDatabase: Bool = true, _ shutdown: ShutdownSignal,
        _ system: @escaping @Sendable (ServiceSettings, LogSettings, ParsedArguments) throws -> SystemSettings
    ) -> Command {
        var kafka = CommonOptions.kafka
        kafka.default = "127.0.0.1:9092"
        let database = Option(
            name: "database", value: "URL",
            help: "Where its orders, products or notifications are: \(DatabaseLocation.forms)",
            environment: "DATABASE_URL",
            default: "sqlite:./data/\(name).db")
        return Command(
            name: name, summary: "Run the \(name) service", discussion: Limits.of(name),
            options: [CommonOptions.port("port", name, default: port), internalPort, internalHost, insideToken]
                + (hasDatabase ? [database, CommonOptions.passwordFile("database")] : [])
                + [kafka, CommonOptions.kafkaConfig, CommonOptions.kafkaRack, CommonOptions.kafkaInstance]
                + extra + CommonOptions.running
        ) { arguments in
            let (sink, logger) = try CommonOptions.logging(arguments, service: name)
            return try await Running.telling(sink, logger) {
                CommonOptions.guardSecrets(arguments, logger)
                let log = LogSettings.kafka(
                    servers: try arguments.required("kafka"),
                    properties: try CommonOptions.kafkaProperties(arguments),
                    client: try .replica(of: name, port: try arguments.int("port", in: 0...65_535), arguments))
                var service = try CommonOptions.settings(
                    arguments, port: "port", inside: try inside(arguments),
                    database: hasDatabase ? try location(arguments) : nil)
                let tokens = try arguments.value("inside-token").map { try TokenFollower(path: $0) }
                service.insideTokens = tokens?.tokens
                var settings = try system(service, log, arguments)
                settings.tokens = tokens
                settings.kafkaConfig = arguments.value("kafka-config")
                CommonOptions.setAccess(of: &settings, arguments)
                settings.tracing = try CommonOptions.tracing()
                return try await Running.run(
                    settings, logging: sink, logger: logger,
                    drainDelay: try CommonOptions.drainDelay(arguments), shutdown: shutdown)
            }
        }
    }

    /// A SQLite file's folder is made.
    private static func location(_ arguments: ParsedArguments) throws -> DatabaseLocation {
        let location = try CommonOptions.location("database", arguments)
        if case .sqlite(let path) = location {
            let folder = (path as NSString).deletingLastPathComponent
            if !folder.isEmpty { try LogSettings.createFolder(folder) }
        }
        return location
    }
}
