import Databases
import Events
import HTTPAPI
import Idempotency
package import Identity
import Outbox
package import Pacing
package import ServiceLife
package import Telemetry

/// The order service: takes orders and sees them through.
package struct OrderService: RunningService {
    package let name = "order"
    package var port: Int { doors.port }
    package var inside: ServiceAddress { doors.inside }
    private let lifeCycle: LifeCycle
    private let database: OpenDatabase
    private let doors: ServiceDoors
    private let survey: Survey
    private let placement: OrderPlacement
    private let reclaiming: Reclaiming
    private let relay: OutboxRelay

    /// - Parameters:
    ///   - database: open; from now on it is the service's to close, also where this throws
    ///   - store: the database's, or what stands before it
    ///   - inventory: whom it asks for stock
    ///   - loops: HTTP event loops
    package static func start(
        _ settings: ServiceSettings, database: OrderDatabase, store: any OrderStore, inventory: any Inventory,
        clock: any ServiceClock, loops: Int, log: BoundLog, logger: Logger, logChecks: [HealthCheck]
    ) async throws -> OrderService {
        let secret: KeySecret
        let cursors: Cursors
        do {
            try await log.admit(database.membership)
            secret = try await store.keySecret()
            cursors = Cursors(key: try await database.membership.cursorKey())
        } catch {
            await database.connection.close()
            throw error
        }
        let metrics = Metrics(service: "order")
        let relay = OutboxRelay(
            store: database.outbox, lease: database.relayLease, log: log, tracer: settings.tracer, metrics: metrics,
            delays: metrics.histogram(
                "orderlog_order_published", "From what happened to an order until its event is on the log.",
                unit: "seconds", buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 60, 600]
            ).series(), logger: logger)
        let placement = OrderPlacement(
            inventory: inventory, store: store, secret: secret, clock: clock, maximumWaiting: settings.maximumWaiting,
            tracer: settings.tracer, metrics: metrics, logger: logger, committed: relay.wake)
        let reclaiming = Reclaiming(
            inventory: inventory, store: store, lease: database.reclaimingLease, clock: clock, metrics: metrics,
            logger: logger, committed: relay.wake)

        let survey = Survey(isOurs: { relay.mayPublish })
        relay.tell(metrics, by: survey)
        let lifeCycle = LifeCycle()
        func api(_ description: APIDescription, keys: (any KeyRing)? = nil) -> API {
            API(
                description, logger: logger, keys: keys, cursors: cursors, tracer: settings.tracer,
                trouble: database.connection.trouble, problem: Problem.databaseTrouble)
        }
        var street = api(OrderOperations.street, keys: settings.keys)
        var inside = api(OrderOperations.inside)
        OrderRoutes(
            placement: placement, store: store, committed: relay.wake,
            placed: PlacedOrders(metrics)
        ).add(to: &street)
        let health = Health(
            service: "order",
            checks: [database.connection.check] + logChecks + [
                HealthCheck("inventory", complaint: inventory.complaint),
                HealthCheck("outbox", keptFor: .zero, look: { relay.status.complaint }),
            ], lifeCycle: lifeCycle, logger: logger
        )
        health.addRoutes(to: &street, inside: &inside)
        health.tell(metrics, by: survey)
        database.connection.tell(metrics, by: survey, logger: logger)

        do {
            let doors = try await ServiceDoors.open(
                settings, loops: loops, street: street, inside: inside, metrics: metrics, logger: logger)
            database.connection.watch(logger)
            survey.start()
            relay.start()
            placement.start()
            reclaiming.start()
            return OrderService(
                lifeCycle: lifeCycle, database: database.connection, doors: doors, survey: survey, placement: placement,
                reclaiming: reclaiming, relay: relay)
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
        await placement.stop()
        await reclaiming.stop()
        await relay.stop()
        await database.close()
    }
}
