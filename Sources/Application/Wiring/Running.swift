import Arguments
import Glibc
import ServiceLife
import Synchronization
import Telemetry

/// Runs a system until a signal ends it.
enum Running {
    /// What the design promises: from the end of the drain delay to the exit.
    private static let stopWithin: Duration = .seconds(10)

    /// What `body` throws is told in the log's own format where that is JSON, so that all lines are.
    static func telling(_ logging: LogSink, _ logger: Logger, _ body: () async throws -> Int32) async throws -> Int32 {
        do {
            return try await body()
        } catch  where logger.format == .json {
            logger.error("it can't start", ["error": "\(error)"])
            logging.flush()
            return error is UsageError ? UsageError.exitCode : 1
        }
    }

    static func run(
        _ settings: SystemSettings, logging: LogSink, logger: Logger, drainDelay: Duration, shutdown: ShutdownSignal
    ) async throws -> Int32 {
        shutdown.isAwaited = true
        OpenFiles.raiseLimit()
        let system = try await RunningSystem.start(settings, logger: logger)
        logger.log(.info, "started", fields: StartLine(settings, system).fields)
        // Before the ready lines, which are waited for.
        if system.services.count == 1, let service = system.services.first {
            logger.info("the inside door is open", ["at": "\(service.inside)"])
        } else {
            let doors = system.services.map { "\($0.name) \($0.inside)" }.joined(separator: ", ")
            logger.info("the inside doors are open", ["at": doors])
        }
        let host = settings.services.first?.host
        for service in system.services {
            print("\(service.title) ready on \(service.url(host: host ?? "127.0.0.1"))")
        }
        // All streams: the ready lines are waited for, also where standard output is a pipe.
        fflush(nil)
        await shutdown.wait()
        logger.info("stopping")
        let watchdog = Task {
            try await Task.sleep(for: drainDelay + stopWithin)
            logger.warning("what is still in flight is cut off; nothing that was accepted is lost")
            logging.flush()
            exit(0)
        }
        await system.stop(drainDelay: drainDelay)
        watchdog.cancel()
        logger.info("stopped")
        logging.flush()
        return 0
    }
}
