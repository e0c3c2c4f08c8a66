package import EventLog
import Events
import HTTPServer
import Inbox
import Outbox
package import ServiceHost
package import Telemetry

/// The inventory service: products, their stock, and what is reserved for orders.
package struct InventoryService: RunningService {
    package let name = "inventory"
    package let port: Int
    private let lifeCycle: LifeCycle
    private let database: OpenDatabase
    private let server: HTTPServer
    private let batcher: ReservationBatcher
    private let consumer: InboxConsumer<OrderEventHandler>
    private let relay: OutboxRelay

    package static func start(
        _ settings: ServiceSettings, log: any EventLog, logger: Logger, logCheck: HealthCheck
    ) async throws -> InventoryService {
        let database = try await InventoryDatabase.open(settings.database, for: .service)
        let store = database.store
        let metrics = Metrics()
        let relay = OutboxRelay(
            store: database.outbox, lease: database.relayLease, log: log, logger: logger)
        let batcher = ReservationBatcher(
            store: store, maximumWaiting: settings.maximumWaiting, committed: relay.wake)
        let consumer = InboxConsumer(
            group: Topics.inventoryGroup, topics: [Topics.orders], log: log,
            handler: OrderEventHandler(store: store, committed: relay.wake),
            deadLetterTopic: { Topics.deadLetterTopic(of: $0, group: Topics.inventoryGroup) }, metrics: metrics,
            logger: logger)

        let lifeCycle = LifeCycle()
        var api = API(logger: logger, problem: Problem.databaseTrouble)
        InventoryRoutes(store: store, committed: relay.wake).add(to: &api)
        ReservationRoutes(store: store, batcher: batcher, committed: relay.wake).add(to: &api)
        Health(
            service: "inventory",
            checks: [
                HealthCheck("database", isNeeded: true, complaint: database.connection.complaint), logCheck,
                HealthCheck(consumer.health),
            ],
            lifeCycle: lifeCycle
        ).addRoutes(to: &api)
        let front = ServiceServer(
            configuration: settings.server(loops: 1), api: api, metrics: metrics, logger: logger)

        do {
            try await store.seed(NewProduct.firstStart)
            let port = try front.server.start()
            relay.start()
            consumer.start()
            return InventoryService(
                port: port, lifeCycle: lifeCycle, database: database.connection, server: front.server, batcher: batcher,
                consumer: consumer, relay: relay)
        } catch {
            await database.connection.close()
            throw error
        }
    }

    package func drain() { lifeCycle.beginStopping() }

    package func stop(within duration: Duration) async {
        await server.stop(within: duration)
        await batcher.close()
        await consumer.stop()
        await relay.stop()
        await database.close()
    }
}
