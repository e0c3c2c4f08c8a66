import Arguments

/// A small program with everything in it that a declaration can say.
let program = Command(
    name: "orderlog", summary: "Takes orders and sees each one through",
    discussion: """
        The first paragraph is so long that it does not fit into one line of eighty columns,
        and it is wrapped.

        The second one is not.
        """,
    options: [
        Option(
            name: "log-level", value: "LEVEL", help: "Write lines of this level and above", environment: "LOG_LEVEL",
            default: "info", choices: ["debug", "info", "warning"])
    ],
    subcommands: [
        Command(
            name: "up", summary: "Run all services in one process",
            examples: ["orderlog up --order-port 0   # takes a free port"],
            options: [
                Option(name: "data", short: "d", value: "DIR", help: "Folder of the databases", default: "./data"),
                Option(name: "kafka", value: "HOST:PORT", help: "Use Kafka", environment: "KAFKA_BOOTSTRAP_SERVERS"),
                Option(
                    name: "order-port", short: "p", value: "PORT", help: "Port of the order service",
                    environment: "ORDER_PORT", default: "8080"),
                Option(
                    name: "kafka-config", value: "FILE",
                    help: "Properties of librdkafka, which are many, one on each line of the file", repeatable: true),
                Option(name: "yes", short: "y", help: "Do not ask", environment: "ASSUME_YES"),
                Option(name: "verbose", short: "v", help: "Say more"),
                Option(name: "rate", value: "RATE", help: "Orders in a second", proposals: ["10", "100"]),
            ],
            run: { _ in 0 }),
        Command(
            name: "serve", summary: "Run one service",
            subcommands: [
                Command(name: "order", summary: "The order service", run: { _ in 2 }),
                Command(
                    name: "inventory", summary: "The inventory service",
                    run: { _ in throw UsageError("it is full") }),
            ]),
        Command(
            name: "tail", summary: "Look at the log",
            arguments: [
                Positional(name: "TOPIC", help: "The topic", choices: ["orders", "inventory"]),
                Positional(name: "KEY", help: "Only these keys", required: false, repeatable: true),
            ],
            run: { _ in throw Failure() }),
    ],
    version: "1.2.3")

struct Failure: Error, CustomStringConvertible {
    var description: String { "it went wrong" }
}

/// What the program makes of a command line: the arguments of the command that would run, or a text.
func parsed(_ line: String..., environment: [String: String] = [:]) -> ParsedArguments? {
    guard case .run(_, let parsed) = program.resolve(arguments: line, environment: environment) else { return nil }
    return parsed
}

func printed(_ line: String...) -> String? {
    guard case .print(let text) = program.resolve(arguments: line, environment: [:]) else { return nil }
    return text
}

func usage(_ line: [String], environment: [String: String] = [:]) -> String? {
    guard case .usage(let text) = program.resolve(arguments: line, environment: environment) else { return nil }
    return text
}
