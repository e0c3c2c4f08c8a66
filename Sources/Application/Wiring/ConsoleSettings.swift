package import Console
package import ServiceLife
import Status

/// What the console is told.
package struct ConsoleSettings: Sendable {
    package var service: ServiceSettings
    /// False: where its port is taken, any free one will do.
    package var isPortChosen: Bool
    /// Where services are that do not run in this process: their public doors.
    package var addresses: [Neighbour: ServiceAddress] = [:]
    /// And the inside doors of these, each by its service, which tell how they are.
    package var doors: [(service: String, address: ServiceAddress)] = []

    package init(_ service: ServiceSettings, isPortChosen: Bool) {
        self.service = service
        self.isPortChosen = isPortChosen
    }

    /// With the services that run in this process.
    func beside(_ services: [any RunningService]) -> ConsoleSettings {
        var settings = self
        for running in services {
            guard let neighbour = Neighbour(rawValue: running.name) else { continue }
            settings.addresses[neighbour] = ServiceAddress(url: running.url(host: service.host))
            settings.doors.append((running.name, running.inside))
        }
        return settings
    }

    /// How the shop is, as `orderlog status --json` says it.
    func status(_ reader: StatusReader) -> @Sendable () async -> [UInt8] {
        let doors = doors
        return { await reader.report(await StatusDoors.resolved(doors)).json }
    }
}
