import Databases
import Events
import HTTPAPI
package import Identity
import Inbox
import Outbox
import Pacing
package import ServiceLife
import Shop
package import Telemetry

/// The inventory service: products, their stock, and what is reserved for orders.
package struct InventoryService: RunningService {
    package let name = "inventory"
    package var port: Int { doors.port }
    package var inside: ServiceAddress { doors.inside }
    private let lifeCycle: LifeCycle
    private let database: OpenDatabase
    private let doors: ServiceDoors
    private let survey: Survey
    private let consumer: InboxConsumer<OrderStockHandler>
    private let relay: OutboxRelay

    package static func start(
        _ settings: ServiceSettings, log: BoundLog, logger: Logger, logChecks: [HealthCheck]
    ) async throws -> InventoryService {
        let database = try await InventoryDatabase.open(
            settings.ownDatabase, for: .service, maximumWaiting: settings.maximumWaiting)
        let cursors: Cursors
        do {
            try await log.admit(database.membership)
            cursors = Cursors(key: try await database.membership.cursorKey())
        } catch {
            await database.connection.close()
            throw error
        }
        let store = database.store
        let metrics = Metrics(service: "inventory")
        let relay = OutboxRelay(
            store: database.outbox, lease: database.relayLease, log: log, tracer: settings.tracer, metrics: metrics,
            logger: logger)
        let consumer = InboxConsumer(
            group: Topics.inventoryGroup, topics: [Topics.orders], log: log,
            handler: OrderStockHandler(store: store, committed: relay.wake), memory: database.memory,
            deadLetterTopic: { Topics.deadLetterTopic(of: $0, group: Topics.inventoryGroup) },
            tracer: settings.tracer, metrics: metrics, logger: logger)

        let survey = Survey(isOurs: { relay.mayPublish })
        relay.tell(metrics, by: survey)
        StockNumbers(store).tell(metrics, by: survey)
        GroupWatch(
            group: Topics.inventoryGroup, topics: [Topics.orders],
            deadLetterTopics: [Topics.deadLetters(of: Topics.orders, group: Topics.inventoryGroup)], log: log
        ).tell(metrics, by: survey)
        let lifeCycle = LifeCycle()
        func api(_ description: APIDescription, keys: (any KeyRing)? = nil) -> API {
            API(
                description, logger: logger, keys: keys, cursors: cursors, tracer: settings.tracer,
                trouble: database.connection.trouble, problem: Problem.databaseTrouble)
        }
        var street = api(InventoryOperations.street, keys: settings.keys)
        var inside = api(InventoryOperations.inside)
        InventoryRoutes(store: store, committed: relay.wake).add(to: &street)
        ReservationRoutes(store: store, tracer: settings.tracer, committed: relay.wake).add(to: &inside)
        let health = Health(
            service: "inventory",
            checks: [database.connection.check] + logChecks + [
                HealthCheck(consumer.health),
                HealthCheck("outbox", keptFor: .zero, look: { relay.status.complaint }),
            ],
            lifeCycle: lifeCycle, logger: logger
        )
        health.addRoutes(to: &street, inside: &inside)
        health.tell(metrics, by: survey)
        database.connection.tell(metrics, by: survey, clock: { consumer.clockOffset }, logger: logger)

        do {
            try await store.seed(NewProduct.firstStart)
            let doors = try await ServiceDoors.open(
                settings, loops: 1, street: street, inside: inside, moved: ReservationOperations.all, metrics: metrics,
                logger: logger)
            database.connection.watch(logger)
            survey.start()
            relay.start()
            consumer.start()
            return InventoryService(
                lifeCycle: lifeCycle, database: database.connection, doors: doors, survey: survey,
                consumer: consumer, relay: relay)
        } catch {
            await database.connection.close()
            throw error
        }
    }

    package func drain() { lifeCycle.beginStopping() }

    package func stop(within duration: Duration) async {
        async let surveyed: Void = survey.stop()
        await doors.close(within: duration)
        await surveyed
        await consumer.stop()
        await relay.stop()
        await database.close()
    }
}
