import Identifiers
import InventoryAPI
import Pacing
import Synchronization
import Telemetry

/// The batches that can be closed: the next reserve call carries them, or after a second a call of their own.
final class ClosedBatches: Sendable {
    private let waiting = Mutex<[Identifier]>([])
    private let wakeUp = WakeUp()
    private let inventory: any Inventory
    private let logger: Logger
    private let task = BackgroundTask()
    private let clock: any ServiceClock

    init(inventory: any Inventory, clock: any ServiceClock, logger: Logger) {
        self.inventory = inventory
        self.clock = clock
        self.logger = logger
    }

    func add(_ batches: [Identifier]) {
        guard !batches.isEmpty else { return }
        let isFirst = waiting.withLock { waiting in
            defer { waiting += batches }
            return waiting.isEmpty
        }
        if isFirst { wakeUp.signal() }
    }

    /// As many as one call may name, oldest first. Where the call fails, they are to be added again; closing twice does no
    /// harm.
    func take() -> [Identifier] {
        waiting.withLock { waiting in
            defer { waiting.removeFirst(min(waiting.count, ReserveCall.maximumNamed)) }
            return Array(waiting.prefix(ReserveCall.maximumNamed))
        }
    }

    func start() {
        task.start { [self] in
            while !Task.isCancelled {
                await wakeUp.wait()
                try? await clock.sleep(for: .seconds(1))
                // A task that is cancelled can't ask anybody: `stop` does.
                if Task.isCancelled { return }
                await closeNow()
            }
        }
    }

    /// A last try to close what waits; reclaiming does the rest.
    func stop() async {
        await task.stop(waking: wakeUp)
        await closeNow()
    }

    private func closeNow() async {
        let batches = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        guard !batches.isEmpty else { return }
        do throws(InventoryFailure) {
            try await inventory.close(batches, deadline: clock.now + .seconds(2))
        } catch {
            // They stay open, and reclaiming closes them.
            logger.debug("batches could not be closed; reclaiming will", ["error": error.message])
        }
    }
}
