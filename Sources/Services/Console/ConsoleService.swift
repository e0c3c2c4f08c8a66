package import EventLog
import Events
import HTTPAPI
import HTTPClient
import HTTPServer
import Identity
package import ServiceLife
package import Telemetry

/// The console: the shop in a browser. It keeps nothing, and no other service depends on it: what it shows it asks of the services
/// and reads from the log, when somebody looks.
package struct ConsoleService: RunningService {
    package static let usualLogPatience = PromptLog.usualPatience
    package let name = "console"
    package let title = "console"
    package var port: Int { doors.port }
    package var inside: ServiceAddress { doors.inside }
    private let lifeCycle: LifeCycle
    private let doors: ServiceDoors
    private let http: HTTPClient
    private let proofs: ProofDesk

    /// - Parameters:
    ///   - isPortChosen: false: where its port is taken, any free one will do
    ///   - logPatience: how long whoever looks waits for the log
    ///   - prover: runs an audit; nil: there are no databases here
    ///   - status: how the shop is, as `orderlog status --json` says it
    package static func start(
        _ settings: ServiceSettings, isPortChosen: Bool = true, _ addresses: [Neighbour: ServiceAddress],
        status: @escaping @Sendable () async -> [UInt8], log: any EventLog,
        logPatience: Duration = ConsoleService.usualLogPatience, prover: Prover? = nil, logger: Logger,
        logChecks: [HealthCheck]
    ) async throws -> ConsoleService {
        let http = HTTPClient(maximumResponse: 8 << 20, log: { logger.debug($0) })
        let neighbours = Neighbours(addresses, http: http)
        let metrics = Metrics(service: "console")
        let lifeCycle = LifeCycle()
        func api(_ description: APIDescription, keys: (any KeyRing)? = nil) -> API {
            API(description, logger: logger, keys: keys, tracer: settings.tracer, problem: { _ in nil })
        }
        var street = api(ConsoleOperations.street, keys: settings.keys)
        var inside = api(ConsoleOperations.inside)
        Pages.add(to: &street)
        let log = PromptLog(log, patience: logPatience)
        let letters = LetterBook(log)
        ConsoleRoutes(
            neighbours: neighbours, timelines: TimelineReader(neighbours: neighbours, log: log, letters: letters),
            status: status
        ).add(to: &street)
        LogRoutes(log).add(to: &street)
        LetterRoutes(log: log, book: letters).add(to: &street)
        let proofs = ProofDesk(prover, logger: logger)
        ProofRoutes(desk: proofs).add(to: &street)
        let sessions = Sessions()
        SessionRoutes(sessions: sessions, keys: settings.keys).add(to: &street)
        let watched = Topics.declared.map(\.name).filter { $0 != ShopRecord.topic.name }
        EventRoutes(
            sessions: sessions, keys: settings.keys, feed: EventFeed(log, topics: watched), topics: watched
        ).add(to: &street)
        Health(service: "console", checks: logChecks, lifeCycle: lifeCycle, logger: logger)
            .addRoutes(to: &street, inside: &inside)
        do {
            let doors = try await open(
                settings, isPortChosen, street.receiving(SessionRule(sessions: sessions).apply), inside, metrics, logger
            )
            return ConsoleService(lifeCycle: lifeCycle, doors: doors, http: http, proofs: proofs)
        } catch {
            await http.close()
            throw error
        }
    }

    private static func open(
        _ settings: ServiceSettings, _ isPortChosen: Bool, _ street: API, _ inside: API, _ metrics: Metrics,
        _ logger: Logger
    ) async throws -> ServiceDoors {
        func open(_ settings: ServiceSettings) async throws -> ServiceDoors {
            try await ServiceDoors.open(
                settings, loops: 1, street: street, inside: inside, metrics: metrics, logger: logger)
        }
        do {
            return try await open(settings)
        } catch let error as HTTPServerError {
            guard case .addressInUse = error, !isPortChosen else { throw error }
            var free = settings
            free.port = 0
            let doors = try await open(free)
            logger.notice(
                "the console's port is taken: it is on another one; choose one with --console-port",
                ["taken": "\(settings.port)", "at": "\(doors.port)"])
            return doors
        }
    }

    package func drain() { lifeCycle.beginStopping() }

    package func stop(within duration: Duration) async {
        await doors.close(within: duration)
        await proofs.close()
        await http.close()
    }
}
