import AccessKeys
import Console
import Databases
package import EventLog
import Events
import Foundation
import HTTPClient
import Identity
import Inventory
import Notifications
import Orders
package import ServiceLife
import Status
package import Telemetry

/// The services of one process, wired. This is the one place where everything meets; tests call it too.
package struct RunningSystem: Sendable {
    package let log: any EventLog
    /// In the order in which they were started: each after what it needs.
    package let services: [any RunningService]
    private let topics: TopicSetup
    private let tokens: TokenFollower?
    private let kafka: KafkaFollower?
    private let keys: LiveKeys?
    private let traces: TraceExport?
    private let watch: KafkaWatch?
    /// By which the order service asks inventory; nil: there is none here.
    private let http: HTTPClient?
    /// By which the console asks how the others are; nil: there is none here.
    private let status: StatusReader?

    /// `parts`: what stands in a part's place in a test.
    package static func start(
        _ settings: SystemSettings, logger: Logger, parts: SystemParts = SystemParts()
    ) async throws -> RunningSystem {
        try ListeningRule.check(settings, logger)
        let keys = try settings.keys.map { try LiveKeys($0) }
        let traces = settings.tracing.map { TraceExport($0, log: settings.log, logger: logger) }
        let settings = settings.asking(for: keys).recorded(by: traces)
        try await LostLog.refuse(settings)
        let kafka = settings.kafkaFollower
        let watch: KafkaWatch? = if case .kafka = settings.log { KafkaWatch(logger) } else { nil }
        let log = BoundLog(
            try await settings.log.open(
                logger: logger, credentials: kafka?.credentials, certificates: kafka?.certificates,
                heard: watch?.heard),
            topics: Topics.declared, logger: logger)
        let logCheck = HealthCheck(
            settings.log.name,
            complaint: {
                if let trouble = log.refusal { return trouble }
                return await log.isReachable(within: 1) ? nil : "does not answer"
            })
        let http = settings.order.map { _ in HTTPClient(log: { logger.with(service: "order").debug($0) }) }
        let status = settings.console.map { _ in StatusReader() }
        var services: [any RunningService] = []
        do {
            let topics = TopicSetup(log: log, databases: { log.admitted }, logger: logger)
            var checks = [logCheck, topics.check]
            if let tokens = settings.tokens {
                checks.append(HealthCheck("inside_token", keptFor: .zero, complaint: { tokens.complaint }))
            }
            if let kafka {
                checks.append(HealthCheck("kafka_config", keptFor: .zero, complaint: { kafka.complaint }))
            }
            if let keys { checks.append(HealthCheck("keys", keptFor: .zero, look: { keys.complaint })) }
            // A file answers at once; Kafka may be away, and services start without it.
            if case .embedded = settings.log { try await log.create(Topics.declared) }
            if let inventory = settings.inventory {
                services.append(
                    try await InventoryService.start(
                        inventory, log: log, logger: logger.with(service: "inventory"), logChecks: checks))
            }
            if let order = settings.order, let http {
                let inside = settings.inventoryAddress ?? services.first?.inside ?? ServiceAddress(url: "")
                let database = try await OrderDatabase.open(
                    order.ownDatabase, for: .service, maximumWaiting: order.maximumWaiting)
                services.append(
                    try await OrderService.start(
                        order, database: database, store: parts.orderStore(database.store),
                        inventory: parts.inventory ?? InventoryClient(inside, http: http), clock: parts.clock,
                        loops: ProcessInfo.processInfo.activeProcessorCount, log: log,
                        logger: logger.with(service: "order"), logChecks: checks))
            }
            if let notification = settings.notification {
                services.append(
                    try await NotificationService.start(
                        notification, messages: settings.messages, log: log,
                        logger: logger.with(service: "notification"), logChecks: checks))
            }
            // The last, when all that it asks is there.
            if let console = settings.console?.beside(services), let status {
                services.append(
                    try await ConsoleService.start(
                        console.service, isPortChosen: console.isPortChosen, console.addresses,
                        status: console.status(status), log: log, logPatience: parts.logPatience,
                        prover: ShopProof.prover(settings, log: log),
                        logger: logger.with(service: "console"), logChecks: checks))
            }
            // The console only looks.
            if services.contains(where: { $0.name != "console" }) { topics.start() }
            settings.tokens?.start(logger)
            kafka?.start(logger)
            keys?.start(logger)
            traces?.start()
            watch?.start(log)
            return RunningSystem(
                log: log, services: services, topics: topics, tokens: settings.tokens, kafka: kafka, keys: keys,
                traces: traces, watch: watch, http: http, status: status)
        } catch {
            for service in services.reversed() { await service.stop(within: .seconds(1)) }
            await http?.close()
            await status?.close()
            await log.close()
            await traces?.stop()
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
        await http?.close()
        await status?.close()
        tokens?.stop()
        kafka?.stop()
        keys?.stop()
        await topics.stop()
        await watch?.stop()
        await log.close()
        await traces?.stop()
    }
}
