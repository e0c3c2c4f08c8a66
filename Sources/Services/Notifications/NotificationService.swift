import Events
package import Identity
import Inbox
package import ServiceHost
package import Telemetry

/// The notification service: tells customers what happened to their orders.
package struct NotificationService: RunningService {
    package let name = "notification"
    package var port: Int { doors.port }
    package var inside: ServiceAddress { doors.inside }
    private let lifeCycle: LifeCycle
    private let database: OpenDatabase
    private let doors: ServiceDoors
    private let consumer: InboxConsumer<OrderEventHandler>
    private let deliverer: Deliverer

    package static func start(
        _ settings: ServiceSettings, log: BoundLog, logger: Logger, logCheck: HealthCheck
    ) async throws -> NotificationService {
        let database = try await NotificationDatabase.open(settings.database, for: .service)
        do {
            try await log.admit(database.membership)
        } catch {
            await database.connection.close()
            throw error
        }
        let store = database.store
        let metrics = Metrics()
        let deliverer = Deliverer(
            store: store,
            senders: Notification.Channel.allCases.map {
                SimulatedSender($0, provider: database.provider, logger: logger)
            },
            isShared: database.isShared, metrics: metrics, logger: logger)
        let consumer = InboxConsumer(
            group: Topics.notificationGroup, topics: [Topics.orders], log: log,
            handler: OrderEventHandler(store: store, committed: deliverer.wake), memory: database.memory,
            deadLetterTopic: { Topics.deadLetterTopic(of: $0, group: Topics.notificationGroup) }, metrics: metrics,
            logger: logger)

        let lifeCycle = LifeCycle()
        var api = API(logger: logger, trouble: database.connection.trouble, problem: Problem.databaseTrouble)
        var inside = api
        NotificationRoutes(store: store, committed: deliverer.wake).add(to: &api)
        Health(
            service: "notification",
            checks: [database.connection.check, logCheck, HealthCheck(consumer.health)],
            lifeCycle: lifeCycle
        ).addRoutes(to: &api, inside: &inside)

        do {
            let doors = try await ServiceDoors.open(
                settings, loops: 1, street: api, inside: inside, metrics: metrics, logger: logger)
            database.connection.watch(logger)
            deliverer.start()
            consumer.start()
            return NotificationService(
                lifeCycle: lifeCycle, database: database.connection, doors: doors, consumer: consumer,
                deliverer: deliverer)
        } catch {
            await database.connection.close()
            throw error
        }
    }

    package func drain() { lifeCycle.beginStopping() }

    package func stop(within duration: Duration) async {
        await doors.close(within: duration)
        await consumer.stop()
        await deliverer.stop()
        await database.close()
    }
}
