package import HTTPAPI
import HTTPServer
import JSON
package import Telemetry
import Tracing

/// The two doors of a service, open: the street's, for everybody, and the inside one.
package struct ServiceDoors: Sendable {
    /// The street's, as it really is.
    package let port: Int
    package let inside: ServiceAddress
    private let street: HTTPServer
    private let insideDoor: OpenInsideDoor

    /// - Parameters:
    ///   - loops: event loops of the street's door; the inside one has one
    ///   - street, inside: what is answered where; handlers of what all services have are added
    ///   - moved: what was on the street before there was an inside, besides `/metrics`
    package static func open(
        _ settings: ServiceSettings, loops: Int, street: API, inside: API,
        moved: [HTTPAPI.Operation] = [], metrics: Metrics, logger: Logger
    ) async throws -> ServiceDoors {
        settings.tracer.add(to: metrics)
        var (street, inside) = (street, inside)
        street.addDescription()
        inside.addDescription()
        inside.on(MetricsOperation.metrics) { MetricsOperation.answer($0, metrics) }
        precondition((street.unhandled + inside.unhandled).isEmpty, "\(street.unhandled + inside.unhandled) do nothing")
        let opener = InsideDoorOpener(api: inside, settings: settings, metrics: metrics, logger: logger)
        let insideDoor = try await opener.open(settings.inside)
        let moved = moved + [MetricsOperation.metrics]
        let elsewhere = Problem.movedInside(to: insideDoor.loopbackPort)
        for operation in moved { street.refuse(operation.method.rawValue, operation.pattern, with: elsewhere) }
        let bodies = settings.keys.map {
            StrangersBodies(keys: $0, moved: Set(moved.map(\.pattern)), elsewhere: elsewhere)
        }
        let front = ServiceServer(
            configuration: settings.server(loops: loops), api: street, metrics: metrics, logger: logger,
            refuses: refusal(settings.clientLimit, bodies))
        do {
            let port = try front.server.start()
            ProcessMetrics.add(to: metrics, version: settings.version, commit: settings.commit)
            metrics.counter("orderlog_log_lines_dropped", "Lines of the log for which there was no room.") {
                Double(logger.dropped)
            }
            let limit = Double(settings.maximumWaiting)
            metrics.gauge("http_server_requests_waiting", "Requests at the public door that wait for their answer.") {
                [weak server = front.server] in server.map { Double($0.waitingRequests) }
            }
            metrics.gauge("http_server_requests_waiting_limit", "How many may wait; more are refused.") { limit }
            metrics.gauge("http_server_connections", "Connections that are open at the public door.") {
                [weak server = front.server] in server.map { Double($0.openConnections) }
            }
            return ServiceDoors(
                port: port, inside: insideDoor.address, street: front.server, insideDoor: insideDoor)
        } catch {
            await insideDoor.close(.zero)
            throw error
        }
    }

    /// What the street's server asks of each request; nil: nothing.
    private static func refusal(_ limit: ClientLimit?, _ bodies: StrangersBodies?) -> HTTPServer.Refuses? {
        guard limit != nil || bodies != nil else { return nil }
        return { limit?.refuse($0) ?? bodies?.refuse($0) }
    }

    /// Takes no more requests at either; see `HTTPServer.stop`.
    package func close(within duration: Duration) async {
        async let street: Void = street.stop(within: duration)
        await insideDoor.close(duration)
        await street
    }
}

extension Problem {
    /// 404 for what the inside door alone answers. Where that is on this machine's loopback, its port is said: an order
    /// service that was told the street's port, as was right before, finds it so.
    static func movedInside(to port: Int?) -> Problem {
        var problem = Problem(
            .insideDoor, detail: "This is for the services and their operators: their inside door has it.")
        if let port {
            var json = JSONWriter()
            json.int(Int64(port))
            problem.members = [("\(insidePort)", json.finish())]
        }
        return problem
    }

    /// The member of a problem that names the inside door's port.
    package static let insidePort: StaticString = "inside_port"
}
