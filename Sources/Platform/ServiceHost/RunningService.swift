package import HTTPServer

/// A service that was started.
package protocol RunningService: Sendable {
    /// `order`, `inventory`, `notification`.
    var name: String { get }
    /// The port that it really got.
    var port: Int { get }
    /// Where its inside door is.
    var inside: ServiceAddress { get }
    /// Unready from now on; goes on serving.
    func drain()
    /// Takes no more requests, finishes what is in flight within `duration`, lets go of everything.
    func stop(within duration: Duration) async
}

extension RunningService {
    /// Where the service is found from this machine, when it listens on `host`.
    package func url(host: String) -> String { ServiceAddress.local(host: host, port: port).base }
}

/// What every service is told.
package struct ServiceSettings: Sendable {
    package var host: String
    /// 0: a free one.
    package var port: Int
    package var inside: InsideDoor
    package var database: DatabaseLocation
    /// Requests that may wait; more are answered 503 at once.
    package var maximumWaiting: Int
    /// Bytes of requests that are being read; what would need more is answered 503.
    package var bodyMemory = 64 << 20
    /// Where the PROXY protocol is understood.
    package var trustedProxies: [AddressRange] = []

    package init(
        host: String, port: Int, inside: InsideDoor, database: DatabaseLocation, maximumWaiting: Int
    ) {
        self.host = host
        self.port = port
        self.inside = inside
        self.database = database
        self.maximumWaiting = maximumWaiting
    }

    package func server(loops: Int) -> HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.loops = loops
        configuration.maximumWaiting = maximumWaiting
        configuration.bodyMemory = bodyMemory
        configuration.trustedProxies = trustedProxies
        // Each is an open file, and three services may share a process: together well under the usual hard limits.
        configuration.maximumConnections = 4_000
        return configuration
    }
}
