import AccessKeys
import Arguments
import Databases
import EventLog
import Foundation
import Glibc
import HTTPServer
import ServiceLife
import Telemetry
import Tracing

/// The options that commands have in common, declared once.
enum CommonOptions {
    static let kafka = Option(
        name: "kafka", value: "HOST:PORT", help: "Kafka's bootstrap servers, separated by commas",
        environment: "KAFKA_BOOTSTRAP_SERVERS")
    static let kafkaConfig = Option(
        name: "kafka-config", value: "FILE", help: "A file of name=value lines: any librdkafka property (TLS, SASL, …)",
        environment: "KAFKA_CONFIG")
    static let kafkaRack = Option(
        name: "kafka-rack", value: "NAME",
        help: "The rack (zone) of this process, as its Kafka names them: events are read from a replica there",
        environment: "KAFKA_RACK")
    static let kafkaInstance = Option(
        name: "kafka-instance", value: "NAME",
        help:
            "A name that is this replica's alone, also after a restart (as web-2): when it is back within 30 s it has its partitions again, and the other replicas are not disturbed",
        environment: "KAFKA_INSTANCE")
    static let data = Option(
        name: "data", value: "FOLDER", help: "Where `up` keeps its files", environment: "DATA", default: "./data")

    static let keys = Option(
        name: "keys", value: "FILE",
        help:
            "Callers have to show a key of this file, which `orderlog keys` writes; it is read again when it changes. Without it nobody is asked",
        environment: "ORDERLOG_KEYS")
    static let insecureOpen = Option(
        name: "insecure-open",
        help: "Listen where others than this machine come, and ask nobody for a key", environment: "INSECURE_OPEN")

    static let running: [Option] = [
        keys, insecureOpen,
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
            name: "client-rate", value: "N",
            help:
                "Requests a second that one client may send to a service, by its key or its address, and twice as many at once; more are answered 429. 0: any number (default \(ClientLimit.usualRate) with --keys, else 0)",
            environment: "CLIENT_RATE"),
        Option(
            name: "drain-delay", value: "SECONDS", help: "How long to go on serving, unready, before stopping",
            environment: "DRAIN_DELAY", default: "0"),
        Option(
            name: "core-dumps",
            help: "Leave a core dump after a crash, and let debuggers in: both show customers, passwords and keys",
            environment: "CORE_DUMPS"),
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
    static func log(
        _ arguments: ParsedArguments, as client: LogClient = .tool
    ) throws(Failure) -> LogSettings {
        if let servers = arguments.value("kafka") {
            return .kafka(servers: servers, properties: try kafkaProperties(arguments), client: client)
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
        _ arguments: ParsedArguments, port: String, inside: InsideDoor, database: DatabaseLocation?
    ) throws -> ServiceSettings {
        var settings = ServiceSettings(
            host: arguments.value("host") ?? "127.0.0.1", port: try arguments.int(port, in: 0...65_535),
            inside: inside, database: database, maximumWaiting: try arguments.int("max-waiting", in: 1...1_000_000))
        settings.bodyMemory = try arguments.int("body-memory", in: 1...65_536) << 20
        settings.trustedProxies = try trustedProxies(arguments)
        settings.clientLimit = try clientLimit(arguments)
        return settings
    }

    /// Of one service. Where nobody is asked for a key, on one machine or behind what keeps strangers out, nobody is a stranger, and a
    /// benchmark is one client.
    private static func clientLimit(_ arguments: ParsedArguments) throws(UsageError) -> ClientLimit? {
        let hasKeys = arguments.declares("keys") && arguments.value("keys") != nil
        let usual = hasKeys ? ClientLimit.usualRate : 0
        let rate =
            arguments.value("client-rate") == nil ? usual : try arguments.int("client-rate", in: ClientLimit.rates)
        return rate == 0 ? nil : ClientLimit(rate: rate)
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

    /// `--keys` and `--insecure-open`.
    static func setAccess(of settings: inout SystemSettings, _ arguments: ParsedArguments) {
        settings.keys = arguments.value("keys").map(KeysFile.init)
        settings.isOpenOnPurpose = arguments.flag("insecure-open")
    }

    /// What a service does about its secrets before it reads any.
    static func guardSecrets(_ arguments: ParsedArguments, _ logger: Logger) {
        if !arguments.flag("core-dumps") { ProcessMemory.keepToItself() }
        SecretFiles.warn(arguments, logger)
    }

    static func drainDelay(_ arguments: ParsedArguments) throws -> Duration {
        .seconds(try arguments.int("drain-delay", in: 0...3_600))
    }

    /// By OpenTelemetry's own variables, which are no options: they mean the same to every program.
    static func tracing() throws(Failure) -> TracingSettings? {
        do throws(TracingSettingsError) {
            return try TracingSettings.read(from: ProcessInfo.processInfo.environment)
        } catch {
            throw Failure(error.description)
        }
    }

    static func logging(_ arguments: ParsedArguments, service: String) throws -> (LogSink, Logger) {
        let sink = LogSink(descriptor: STDERR_FILENO)
        let logger = Logger(
            service: service, level: try arguments.oneOf("log-level", LogLevel.self),
            format: try arguments.oneOf("log-format", LogFormat.self), sink: sink)
        return (sink, logger)
    }
}
