import Databases
import Events
import HTTPAPI
package import Identity
import Inbox
import Outbox
import Pacing
package import ServiceLife
package import Telemetry

/// The notification service: tells customers what happened to their orders.
package struct NotificationService: RunningService {
    package let name = "notification"
    package var port: Int { doors.port }
    package var inside: ServiceAddress { doors.inside }
    private let lifeCycle: LifeCycle
    private let database: OpenDatabase
    private let doors: ServiceDoors
    private let survey: Survey
    private let surveyLease: any Lease
    private let consumer: InboxConsumer<OrderNotificationHandler>
    /// nil: nobody wants to be told what runs low.
    private let stockAlerts: InboxConsumer<StockAlertHandler>?
    private let deliverer: Deliverer
    private let senders: Senders
    /// Seconds: a few looks.
    private static let surveyLeaseSeconds: Int64 = 15

    package static func start(
        _ settings: ServiceSettings, messages: MessageSettings = MessageSettings(), log: BoundLog, logger: Logger,
        logChecks: [HealthCheck]
    ) async throws -> NotificationService {
        let database = try await NotificationDatabase.open(
            settings.ownDatabase, for: .service, maximumWaiting: settings.maximumWaiting,
            wording: messages.wording)
        let cursors: Cursors
        let senders: Senders
        do {
            try await log.admit(database.membership)
            cursors = Cursors(key: try await database.membership.cursorKey())
            senders = try await Senders.open(messages, provider: database.provider, logger: logger)
        } catch {
            await database.connection.close()
            throw error
        }
        let store = database.store
        let metrics = Metrics(service: "notification")
        let deliverer = Deliverer(
            store: store, standing: store, senders: senders.list,
            isShared: database.isShared, tracer: settings.tracer, metrics: metrics, logger: logger)
        let consumer = InboxConsumer(
            group: Topics.notificationGroup, topics: [Topics.orders], partitions: Topics.partitions, log: log,
            handler: OrderNotificationHandler(receive: deliverer.receive), memory: database.memory,
            deadLetterTopic: { Topics.deadLetterTopic(of: $0, group: Topics.notificationGroup) },
            tracer: settings.tracer, metrics: metrics, logger: logger)
        let stockAlerts = messages.stockAlerts.map { alerts in
            InboxConsumer(
                group: Topics.stockAlertGroup, topics: [Topics.inventory], partitions: Topics.partitions, log: log,
                handler: StockAlertHandler(
                    alerts: alerts, store: store, logger: logger, committed: deliverer.wake),
                memory: database.memory,
                deadLetterTopic: { Topics.deadLetterTopic(of: $0, group: Topics.stockAlertGroup) },
                tracer: settings.tracer, metrics: metrics, logger: logger)
        }

        let lease = database.surveyLease
        let survey = Survey(isOurs: { try? await lease.hold(for: Self.surveyLeaseSeconds) })
        MessageNumbers(store).tell(metrics, by: survey)
        GroupWatch(
            group: Topics.notificationGroup, topics: [Topics.orders],
            deadLetterTopics: [Topics.deadLetters(of: Topics.orders, group: Topics.notificationGroup)], log: log
        ).tell(metrics, by: survey)
        if stockAlerts != nil {
            GroupWatch(group: Topics.stockAlertGroup, topics: [Topics.inventory], deadLetterTopics: [], log: log)
                .tell(metrics, by: survey)
        }
        let lifeCycle = LifeCycle()
        func api(_ description: APIDescription, keys: (any KeyRing)? = nil) -> API {
            API(
                description, logger: logger, keys: keys, cursors: cursors, tracer: settings.tracer,
                trouble: database.connection.trouble, problem: Problem.databaseTrouble)
        }
        var street = api(NotificationOperations.street, keys: settings.keys)
        var inside = api(NotificationOperations.inside)
        NotificationRoutes(store: store, wording: messages.wording, committed: deliverer.wake).add(to: &street)
        let alertChecks = stockAlerts.map { [HealthCheck($0.health)] } ?? []
        let health = Health(
            service: "notification",
            checks: [database.connection.check] + logChecks + [
                HealthCheck(consumer.health)
            ] + alertChecks,
            lifeCycle: lifeCycle, logger: logger
        )
        health.addRoutes(to: &street, inside: &inside)
        health.tell(metrics, by: survey)
        database.connection.tell(metrics, by: survey, clock: { consumer.clockOffset }, logger: logger)

        do {
            let doors = try await ServiceDoors.open(
                settings, loops: 1, street: street, inside: inside, metrics: metrics, logger: logger)
            database.connection.watch(logger)
            survey.start()
            deliverer.start()
            consumer.start()
            stockAlerts?.start()
            return NotificationService(
                lifeCycle: lifeCycle, database: database.connection, doors: doors, survey: survey, surveyLease: lease,
                consumer: consumer, stockAlerts: stockAlerts, deliverer: deliverer, senders: senders)
        } catch {
            await senders.close()
            await database.connection.close()
            throw error
        }
    }

    package func drain() { lifeCycle.beginStopping() }

    package func stop(within duration: Duration) async {
        async let surveyed: Void = survey.stop()
        await doors.close(within: duration)
        await surveyed
        try? await surveyLease.release()
        await consumer.stop()
        await stockAlerts?.stop()
        // What is on its way may take as long as its server likes.
        let alarm = Task { [senders] in
            if (try? await Task.sleep(for: .seconds(3))) != nil { await senders.abort() }
        }
        await deliverer.stop()
        alarm.cancel()
        await senders.close()
        await database.close()
    }
}
