import Arguments
import EventLog
import Identity
import LogTools
import Progress
import ServiceLife
import Telemetry
import Timestamps

/// `orderlog move`
enum MoveCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "move", summary: "Take a shop from its embedded log to Kafka",
            discussion: """
                With the services stopped: copies every event to Kafka, byte for byte and to the same partitions, takes each \
                group's place there, and notes in the databases that Kafka is their log from now on. It may be interrupted, and \
                said again. Kafka must hold no other shop. log.db keeps its events, and is used no more: whoever opens it is \
                told where they went. So set KAFKA_BOOTSTRAP_SERVERS, or say --kafka, from then on.
                """,
            examples: ["orderlog move --data ./data --kafka 127.0.0.1:9092"],
            options: LogTool.options + ShopDatabases.options
        ) { arguments in
            guard let servers = arguments.value("kafka") else {
                throw UsageError("--kafka is missing: where the log is to go")
            }
            let folder = arguments.value("data") ?? "./data"
            let kafka = LogSettings.kafka(servers: servers, properties: try CommonOptions.kafkaProperties(arguments))
            let logger = Logger(service: "move", level: .error, format: .text, sink: LogSink(descriptor: 2))
            return try await LogTool.stoppable(shutdown) {
                try await ShopDatabases.with(arguments) { databases in
                    let source = try await LogSettings.openToMove(in: folder)
                    do {
                        let target = try await kafka.open(logger: logger)
                        do {
                            let code = try await move(databases.all, from: source, to: target, at: servers)
                            await target.close()
                            await source.close()
                            return code
                        } catch {
                            await target.close()
                            throw error
                        }
                    } catch {
                        await source.close()
                        throw error
                    }
                }
            }
        }
    }

    private static func move(
        _ databases: [ShopDatabase], from source: EmbeddedEventLog, to target: any EventLog, at servers: String
    ) async throws -> Int32 {
        let targetIdentity = try await target.identity()
        var rest: [ShopDatabase] = []
        for database in databases {
            // One that was moved before the last time broke off.
            if try await database.identity()?.log == targetIdentity { continue }
            try await database.admit(to: source)
            rest.append(database)
        }
        guard let shop = try await ShopRecord.read(source).shop else {
            throw Failure("the log says nothing of its shop: start `orderlog up` on it once")
        }
        let identity = StoreIdentity(shop: shop, log: targetIdentity)
        // Every event is there, and the shop may have gone on: what is there is no copy any more.
        if let moved = try await source.moved(), rest.count < databases.count || moved.place == servers {
            guard try await ShopRecord.read(target).shop == shop else {
                throw Failure(
                    "\(source.path) was moved already, to \(moved.place) on \(moved.time.rfc3339), and \(servers) says no more that it is this shop's: nothing was changed; `orderlog adopt --kafka \(servers)` ties the databases to it as it is"
                )
            }
            for database in rest { try await database.bind(to: identity) }
            print(
                "\(source.path) was moved already, to \(moved.place) on \(moved.time.rfc3339): no record was copied; \(goesOn(at: servers))"
            )
            return 0
        }
        let work = LogMove(from: source, to: target)
        let progress = Progress()
        progress.begin("moving", total: try await work.count())
        do {
            try await work.run(first: ShopRecord.topic.name) { progress.advance(by: $0) }
        } catch {
            progress.end()
            let rest = "the databases are as they were, and \(source.path), too"
            let goesOn = "\(rest); say it again, and it goes on"
            switch error {
            case is CancellationError: throw Stopped(goesOn)
            // It says what to do first.
            case is ToolError: throw Failure("\(error); \(rest)")
            default: throw Failure("\(error); \(goesOn)")
            }
        }
        progress.end()
        // First of all, so that there is no moment at which the services start on either.
        try await source.noteMoved(to: servers, at: .now())
        for database in rest { try await database.bind(to: identity) }
        print("moved \(work.copied) records; \(goesOn(at: servers))")
        return 0
    }

    private static func goesOn(at servers: String) -> String {
        "from now on say --kafka \(servers), to the services and to the tools, or set KAFKA_BOOTSTRAP_SERVERS=\(servers)"
    }
}
