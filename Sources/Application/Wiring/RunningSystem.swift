package import EventLog
import Events
import Foundation
import Identity
import Inventory
import Notifications
import Orders
package import ServiceHost
package import Telemetry

/// The services of one process, wired. This is the one place where everything meets; tests call it too.
package struct RunningSystem: Sendable {
    package let log: any EventLog
    /// In the order in which they were started: each after what it needs.
    package let services: [any RunningService]
    private let topics: TopicSetup

    package static func start(_ settings: SystemSettings, logger: Logger) async throws -> RunningSystem {
        let log = BoundLog(
            try await settings.log.open(logger: logger), topics: Topics.declared, logger: logger)
        let logCheck = HealthCheck(
            settings.log.name,
            complaint: {
                if let refusal = log.refusal { return refusal }
                return await log.isReachable(within: 1) ? nil : "does not answer"
            })
        var services: [any RunningService] = []
        do {
            let topics = TopicSetup(log: log, logger: logger)
            // A file answers at once; Kafka may be away, and services start without it.
            if case .embedded = settings.log { try await log.create(Topics.declared) }
            if let inventory = settings.inventory {
                services.append(
                    try await InventoryService.start(
                        inventory, log: log, logger: logger.with(service: "inventory"), logCheck: logCheck))
            }
            if let order = settings.order {
                services.append(
                    try await OrderService.start(
                        order,
                        inventory: settings.inventoryAddress ?? services.first?.inside ?? ServiceAddress(url: ""),
                        loops: ProcessInfo.processInfo.activeProcessorCount, log: log,
                        logger: logger.with(service: "order"), logCheck: logCheck))
            }
            if let notification = settings.notification {
                services.append(
                    try await NotificationService.start(
                        notification, log: log, logger: logger.with(service: "notification"), logCheck: logCheck))
            }
            topics.start()
            return RunningSystem(log: log, services: services, topics: topics)
        } catch {
            for service in services.reversed() { await service.stop(within: .seconds(1)) }
            await log.close()
            throw error
        }
    }

    /// Unready, then after `drainDelay` no more requests; what is in flight is finished within ten seconds.
    package func stop(drainDelay: Duration) async {
        for service in services { service.drain() }
        if drainDelay > .zero { try? await Task.sleep(for: drainDelay) }
        let end = ContinuousClock.now + .seconds(8)
        // Order first: it needs inventory. In reverse of the start otherwise.
        for service in services.sorted(by: { $0.name == "order" && $1.name != "order" }) {
            await service.stop(within: max(end - .now, .milliseconds(100)))
        }
        await topics.stop()
        await log.close()
    }
}
