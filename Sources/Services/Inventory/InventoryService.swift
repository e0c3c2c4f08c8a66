import Events
package import Identity
import Inbox
import Outbox
package import ServiceHost
package import Telemetry

/// The inventory service: products, their stock, and what is reserved for orders.
package struct InventoryService: RunningService {
    package let name = "inventory"
    package var port: Int { doors.port }
    package var inside: ServiceAddress { doors.inside }
    private let lifeCycle: LifeCycle
    private let database: OpenDatabase
    private let doors: ServiceDoors
    private let batcher: ReservationBatcher
    private let consumer: InboxConsumer<OrderEventHandler>
    private let relay: OutboxRelay

    package static func start(
        _ settings: ServiceSettings, log: BoundLog, logger: Logger, logCheck: HealthCheck
    ) async throws -> InventoryService {
        let database = try await InventoryDatabase.open(settings.database, for: .service)
        do {
            try await log.admit(database.membership)
        } catch {
            await database.connection.close()
            throw error
        }
        let store = database.store
        let metrics = Metrics()
        let relay = OutboxRelay(
            store: database.outbox, lease: database.relayLease, log: log, metrics: metrics, logger: logger)
        let batcher = ReservationBatcher(
            store: store, maximumWaiting: settings.maximumWaiting, committed: relay.wake)
        let consumer = InboxConsumer(
            group: Topics.inventoryGroup, topics: [Topics.orders], log: log,
            handler: OrderEventHandler(store: store, committed: relay.wake), memory: database.memory,
            deadLetterTopic: { Topics.deadLetterTopic(of: $0, group: Topics.inventoryGroup) }, metrics: metrics,
            logger: logger)

        let lifeCycle = LifeCycle()
        var api = API(logger: logger, trouble: database.connection.trouble, problem: Problem.databaseTrouble)
        var inside = api
        InventoryRoutes(store: store, committed: relay.wake).add(to: &api)
        ReservationRoutes(store: store, batcher: batcher, committed: relay.wake).add(to: &inside)
        Health(
            service: "inventory",
            checks: [
                database.connection.check, logCheck, HealthCheck(consumer.health),
                HealthCheck("outbox", keptFor: .zero, look: { relay.status.complaint }),
            ],
            lifeCycle: lifeCycle
        ).addRoutes(to: &api, inside: &inside)

        do {
            try await store.seed(NewProduct.firstStart)
            let doors = try await ServiceDoors.open(
                settings, loops: 1, street: api, inside: inside, moved: ReservationRoutes.all, metrics: metrics,
                logger: logger)
            database.connection.watch(logger)
            relay.start()
            consumer.start()
            return InventoryService(
                lifeCycle: lifeCycle, database: database.connection, doors: doors, batcher: batcher,
                consumer: consumer, relay: relay)
        } catch {
            await database.connection.close()
            throw error
        }
    }

    package func drain() { lifeCycle.beginStopping() }

    package func stop(within duration: Duration) async {
        await doors.close(within: duration)
        await batcher.close()
        await consumer.stop()
        await relay.stop()
        await database.close()
    }
}
