import HTTPServer
import JSON
package import Telemetry

/// The two doors of a service, open: the street's, for everybody, and the inside one.
package struct ServiceDoors: Sendable {
    /// The street's, as it really is.
    package let port: Int
    package let inside: ServiceAddress
    private let street: HTTPServer
    private let insideDoor: OpenInsideDoor

    /// - Parameters:
    ///   - loops: event loops of the street's door; the inside one has one
    ///   - street, inside: what is answered where; `/metrics` is added inside
    ///   - moved: what was on the street before there was an inside, besides `/metrics`
    package static func open(
        _ settings: ServiceSettings, loops: Int, street: API, inside: API,
        moved: [(method: String, pattern: String)] = [], metrics: Metrics, logger: Logger
    ) async throws -> ServiceDoors {
        var (street, inside) = (street, inside)
        inside.get("/metrics", isAlwaysTaken: true) { _ in
            HTTPResponse(
                status: 200,
                headers: [("content-type", Metrics.contentType)],
                body: Array(metrics.render().utf8))
        }
        let opener = InsideDoorOpener(api: inside, settings: settings, metrics: metrics, logger: logger)
        let insideDoor = try await opener.open(settings.inside)
        for (method, pattern) in moved + [("GET", "/metrics")] {
            street.refuse(method, pattern, with: .movedInside(to: insideDoor.loopbackPort))
        }
        let front = ServiceServer(
            configuration: settings.server(loops: loops), api: street, metrics: metrics, logger: logger)
        do {
            let port = try front.server.start()
            logger.info("the inside door is open", ["at": "\(insideDoor.address)"])
            return ServiceDoors(
                port: port, inside: insideDoor.address, street: front.server, insideDoor: insideDoor)
        } catch {
            await insideDoor.close(within: .zero)
            throw error
        }
    }

    /// Takes no more requests at either; see `HTTPServer.stop`.
    package func close(within duration: Duration) async {
        async let street: Void = street.stop(within: duration)
        await insideDoor.close(within: duration)
        await street
    }
}

extension Problem {
    /// 404 for what the inside door alone answers. Where that is on this machine's loopback, its port is said: an order
    /// service that was told the street's port, as was right before, finds it so.
    static func movedInside(to port: Int?) -> Problem {
        var problem = Problem(
            404, kind: "inside-door", detail: "This is for the services and their operators: their inside door has it.")
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
