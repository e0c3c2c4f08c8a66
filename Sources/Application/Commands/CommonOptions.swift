import Arguments
import Glibc
import HTTPServer
import ServiceHost
import Telemetry

/// The options that commands have in common, declared once.
enum CommonOptions {
    static let kafka = Option(
        name: "kafka", value: "HOST:PORT", help: "Kafka's bootstrap servers, separated by commas",
        environment: "KAFKA_BOOTSTRAP_SERVERS")
    static let kafkaConfig = Option(
        name: "kafka-config", value: "FILE", help: "A file of name=value lines: any librdkafka property (TLS, SASL, …)",
        environment: "KAFKA_CONFIG")
    static let data = Option(
        name: "data", value: "FOLDER", help: "Where `up` keeps its files", environment: "DATA", default: "./data")

    static let running: [Option] = [
        Option(
            name: "host", value: "HOST", help: "Address to listen on", environment: "HOST", default: "127.0.0.1"),
        Option(
            name: "max-waiting", value: "N", help: "Requests that may wait; more are answered 503",
            environment: "MAX_WAITING", default: "2000"),
        Option(
            name: "body-memory", value: "MIB",
            help: "MiB of requests that a service holds while they come in; what would need more is answered 503",
            environment: "BODY_MEMORY", default: "64"),
        Option(
            name: "trusted-proxy", value: "ADDRESS[/BITS]",
            help:
                "A proxy that says by the PROXY protocol whose connection it is; one client has half of all connections at most. Several may be separated by commas",
            environment: "TRUSTED_PROXY", repeatable: true),
        Option(
            name: "drain-delay", value: "SECONDS", help: "How long to go on serving, unready, before stopping",
            environment: "DRAIN_DELAY", default: "0"),
        Option(
            name: "log-level", value: "LEVEL", help: "The least that is logged", environment: "LOG_LEVEL",
            default: LogLevel.info.rawValue, choices: LogLevel.allCases.map(\.rawValue)),
        Option(
            name: "log-format", value: "FORMAT", help: "For people or for machines", environment: "LOG_FORMAT",
            default: LogFormat.text.rawValue, choices: LogFormat.allCases.map(\.rawValue)),
    ]

    static func port(_ name: String, _ service: String, default port: Int) -> Option {
        Option(
            name: name, value: "PORT", help: "Port of the \(service) service; 0 takes a free one",
            environment: name.uppercased().replacing("-", with: "_"), default: String(port))
    }

    static func kafkaProperties(_ arguments: ParsedArguments) throws(Failure) -> [String: String] {
        guard let path = arguments.value("kafka-config") else { return [:] }
        return try KafkaProperties.read(path: path)
    }

    /// The log that a tool looks at. Where the environment names Kafka and the command line a folder, the folder is meant, if
    /// a log is in it. To a tool that takes databases from that folder, `up` on Kafka may have put them there, beside a log
    /// of other days: it has to be told.
    static func existingLog(_ arguments: ParsedArguments) throws(Failure) -> LogSettings {
        guard arguments.value("kafka") != nil, !arguments.isOnCommandLine("kafka"), arguments.isOnCommandLine("data")
        else { return try log(arguments) }
        let folder = LogSettings.embedded(folder: arguments.value("data") ?? "./data")
        let hasDatabases = arguments.declares("notification-database")
        switch (folder.isThere, hasDatabases) {
        case (true, false): return folder
        case (false, true): return try log(arguments)
        case (true, true):
            throw Failure(
                "--data names a folder with a log, and KAFKA_BOOTSTRAP_SERVERS names Kafka: say --kafka if Kafka is meant, or unset it"
            )
        case (false, false):
            throw Failure(
                "--data names a folder without a log, and KAFKA_BOOTSTRAP_SERVERS names Kafka: say --kafka if Kafka is meant"
            )
        }
    }

    /// `--kafka`, or `--data`.
    static func log(_ arguments: ParsedArguments) throws(Failure) -> LogSettings {
        if let servers = arguments.value("kafka") {
            return .kafka(servers: servers, properties: try kafkaProperties(arguments))
        }
        return .embedded(folder: arguments.value("data") ?? "./data")
    }

    /// A service's database, for tools.
    static func database(_ service: String) -> Option {
        Option(
            name: "\(service)-database", value: "URL",
            help: "The \(service) service's database, \(DatabaseLocation.forms) (default \(service).db in --data)",
            environment: "\(service.uppercased())_DATABASE_URL")
    }

    /// Where the password of the database is that an option names.
    static func passwordFile(_ option: String) -> Option {
        Option(
            name: "\(option)-password-file", value: "FILE", help: "A file with the password of --\(option)",
            environment: "\(option)-password-file".uppercased().replacing("-", with: "_"))
    }

    /// What `database` names.
    static func databaseLocation(_ service: String, _ arguments: ParsedArguments) throws(UsageError) -> DatabaseLocation
    {
        let option = "\(service)-database"
        guard arguments.value(option) != nil else {
            return .sqlite(path: "\(arguments.value("data") ?? "./data")/\(service).db")
        }
        return try location(option, arguments)
    }

    /// The value of an option that names a database.
    static func location(_ option: String, _ arguments: ParsedArguments) throws(UsageError) -> DatabaseLocation {
        let passwordFile = "\(option)-password-file"
        let location = DatabaseLocation(
            url: try arguments.required(option),
            passwordFile: arguments.declares(passwordFile) ? arguments.value(passwordFile) : nil)
        guard let location else {
            // Its value may hold a password, wherever that stands in what is no URL.
            let variable = option.uppercased().replacing("-", with: "_") + "_URL"
            throw UsageError("--\(option) (or \(variable) in the environment) must be \(DatabaseLocation.forms)")
        }
        return location
    }

    /// The file of an option's `sqlite:PATH`.
    static func sqlitePath(_ option: String, _ arguments: ParsedArguments) throws(UsageError) -> String {
        let url = try arguments.required(option)
        guard url.hasPrefix("sqlite:"), url.count > "sqlite:".count else {
            throw arguments.wrong(option, "must be sqlite:PATH")
        }
        return String(url.dropFirst("sqlite:".count))
    }

    static func settings(
        _ arguments: ParsedArguments, port: String, inside: InsideDoor, database: DatabaseLocation
    ) throws -> ServiceSettings {
        var settings = ServiceSettings(
            host: arguments.value("host") ?? "127.0.0.1", port: try arguments.int(port, in: 0...65_535),
            inside: inside, database: database, maximumWaiting: try arguments.int("max-waiting", in: 1...1_000_000))
        settings.bodyMemory = try arguments.int("body-memory", in: 1...65_536) << 20
        settings.trustedProxies = try trustedProxies(arguments)
        return settings
    }

    private static func trustedProxies(_ arguments: ParsedArguments) throws(UsageError) -> [AddressRange] {
        var ranges: [AddressRange] = []
        for text in arguments.values("trusted-proxy").flatMap({ $0.split(separator: ",") }) {
            guard let range = AddressRange(text) else {
                throw arguments.wrong("trusted-proxy", "must be an address or a range, as 10.0.0.7 or 10.0.0.0/8")
            }
            ranges.append(range)
        }
        return ranges
    }

    static func drainDelay(_ arguments: ParsedArguments) throws -> Duration {
        .seconds(try arguments.int("drain-delay", in: 0...3_600))
    }

    static func logging(_ arguments: ParsedArguments, service: String) throws -> (LogSink, Logger) {
        let sink = LogSink(descriptor: STDERR_FILENO)
        let logger = Logger(
            service: service, level: try arguments.oneOf("log-level", LogLevel.self),
            format: try arguments.oneOf("log-format", LogFormat.self), sink: sink)
        return (sink, logger)
    }
}
