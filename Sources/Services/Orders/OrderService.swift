import Events
import HTTPClient
package import Identity
import Outbox
package import ServiceHost
package import Telemetry

/// The order service: takes orders and sees them through.
package struct OrderService: RunningService {
    package let name = "order"
    package var port: Int { doors.port }
    package var inside: ServiceAddress { doors.inside }
    private let lifeCycle: LifeCycle
    private let database: OpenDatabase
    private let http: HTTPClient
    private let doors: ServiceDoors
    private let placement: OrderPlacement
    private let moves: OrderMoves
    private let settling: Settling
    private let relay: OutboxRelay

    /// `inventory` is where the inventory service is; `loops` the number of HTTP event loops.
    package static func start(
        _ settings: ServiceSettings, inventory: ServiceAddress, loops: Int, log: BoundLog, logger: Logger,
        logCheck: HealthCheck
    ) async throws -> OrderService {
        let database = try await OrderDatabase.open(settings.database, for: .service)
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
        let http = HTTPClient(log: { logger.debug($0) })
        let client = InventoryClient(inventory, http: http)
        let placement = OrderPlacement(
            inventory: client, store: store, maximumWaiting: settings.maximumWaiting, logger: logger,
            committed: relay.wake)
        let moves = OrderMoves(store: store, maximumWaiting: settings.maximumWaiting, committed: relay.wake)
        let settling = Settling(
            inventory: client, store: store, lease: database.settlingLease, metrics: metrics, logger: logger,
            committed: relay.wake)

        let lifeCycle = LifeCycle()
        var api = API(logger: logger, trouble: database.connection.trouble, problem: Problem.databaseTrouble)
        var inside = api
        OrderRoutes(
            placement: placement, moves: moves, store: store,
            placed: metrics.counter("orderlog_orders_placed", "Orders placed, by outcome.", labels: ["outcome"])
        ).add(to: &api)
        Health(
            service: "order",
            checks: [
                database.connection.check, logCheck,
                HealthCheck("inventory", complaint: client.complaint),
                HealthCheck("outbox", keptFor: .zero, look: { relay.status.complaint }),
            ], lifeCycle: lifeCycle
        ).addRoutes(to: &api, inside: &inside)

        do {
            let doors = try await ServiceDoors.open(
                settings, loops: loops, street: api, inside: inside, metrics: metrics, logger: logger)
            database.connection.watch(logger)
            relay.start()
            placement.start()
            settling.start()
            return OrderService(
                lifeCycle: lifeCycle, database: database.connection, http: http, doors: doors, placement: placement,
                moves: moves, settling: settling, relay: relay)
        } catch {
            await database.connection.close()
            await http.close()
            throw error
        }
    }

    package func drain() { lifeCycle.beginStopping() }

    package func stop(within duration: Duration) async {
        await doors.close(within: duration)
        await placement.stop()
        await moves.close()
        await settling.stop()
        await relay.stop()
        await http.close()
        await database.close()
    }
}
