import Glibc
import ServiceHost
import Synchronization
import Telemetry

/// Runs a system until a signal ends it.
enum Running {
    /// What the design promises: from the end of the drain delay to the exit.
    private static let stopWithin: Duration = .seconds(10)

    static func run(
        _ settings: SystemSettings, logging: LogSink, logger: Logger, drainDelay: Duration, shutdown: ShutdownSignal
    ) async throws -> Int32 {
        shutdown.isAwaited = true
        OpenFiles.raiseLimit()
        let system = try await RunningSystem.start(settings, logger: logger)
        let host = [settings.order, settings.inventory, settings.notification].compactMap { $0?.host }.first
        for service in system.services {
            print("\(service.name) service ready on \(service.url(host: host ?? "127.0.0.1"))")
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
