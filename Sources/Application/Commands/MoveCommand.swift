import Arguments
import EventLog
import Identity
import LogTools
import Progress
import ServiceHost
import Telemetry

/// `orderlog move`
enum MoveCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "move", summary: "Take a shop from its embedded log to Kafka",
            discussion: """
                With the services stopped: copies every event to Kafka, byte for byte and to the same partitions, takes each \
                group's place there, and notes in the databases that Kafka is their log from now on. It may be interrupted, and \
                said again. Kafka must hold no other shop. log.db stays as it is, and is used no more.
                """,
            examples: ["orderlog move --data ./data --kafka 127.0.0.1:9092"],
            options: LogTool.options + ShopDatabases.options
        ) { arguments in
            guard let servers = arguments.value("kafka") else {
                throw UsageError("--kafka is missing: where the log is to go")
            }
            let embedded = LogSettings.embedded(folder: arguments.value("data") ?? "./data")
            let kafka = LogSettings.kafka(servers: servers, properties: try CommonOptions.kafkaProperties(arguments))
            let logger = Logger(service: "move", level: .error, format: .text, sink: LogSink(descriptor: 2))
            return try await LogTool.stoppable(shutdown) {
                try await ShopDatabases.with(arguments) { databases in
                    let source = try await embedded.openExisting(for: .writing, logger: logger)
                    do {
                        let target = try await kafka.open(logger: logger)
                        do {
                            let code = try await move(databases.all, from: source, to: target)
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
        _ databases: [ShopDatabase], from source: any EventLog, to target: any EventLog
    ) async throws -> Int32 {
        let targetIdentity = try await target.identity()
        for database in databases {
            // One that was moved before the last time broke off.
            if try await database.identity()?.log == targetIdentity { continue }
            try await database.admit(to: source)
        }
        guard let shop = try await ShopRecord.read(source) else {
            throw Failure("the log says nothing of its shop: start `orderlog up` on it once")
        }
        let work = LogMove(from: source, to: target)
        let progress = Progress()
        progress.begin("moving", total: try await work.count())
        do {
            try await work.run(first: ShopRecord.topic.name) { progress.advance(by: $0) }
        } catch {
            progress.end()
            let rest = "the databases are as they were; say it again, and it goes on"
            throw error is CancellationError ? Stopped(rest) : Failure("\(error); \(rest)")
        }
        progress.end()
        for database in databases { try await database.bind(to: StoreIdentity(shop: shop, log: targetIdentity)) }
        print("moved \(work.copied) records; from now on start the services with --kafka")
        return 0
    }
}
