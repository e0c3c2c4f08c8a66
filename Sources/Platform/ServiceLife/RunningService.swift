package import Databases
package import HTTPAPI
package import HTTPServer
package import Tracing

/// A service that was started.
package protocol RunningService: Sendable {
    /// `order`, `inventory`, `notification`, `console`.
    var name: String { get }
    /// What people call it.
    var title: String { get }
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
    package var title: String { "\(name) service" }

    /// Where the service is found from this machine, when it listens on `host`.
    package func url(host: String) -> String { ServiceAddress.local(host: host, port: port).base }
}

/// What every service is told.
package struct ServiceSettings: Sendable {
    /// An address or a name of this machine to listen on.
    package var host: String
    /// 0: a free one.
    package var port: Int
    package var inside: InsideDoor
    /// nil: it keeps nothing of its own.
    package var database: DatabaseLocation?
    /// Requests that may wait; more are answered 503 at once.
    package var maximumWaiting: Int
    /// Bytes of requests that are being read; what would need more is answered 503.
    package var bodyMemory = 64 << 20
    /// Where the PROXY protocol is understood.
    package var trustedProxies: [AddressRange] = []
    /// How much one client of the public door may ask; nil: as much as it likes.
    package var clientLimit: ClientLimit?
    /// What the inside door wants to be shown where it is no Unix socket; nil: nothing.
    package var insideTokens: InsideTokens?
    /// The program's, for metrics.
    package var version = ""
    /// Of the program's sources; empty where that is not known.
    package var commit = ""
    /// What callers at the public door have to show; nil: nobody is asked.
    package var keys: (any KeyRing)?
    /// Records what the service does, where somebody wants to know.
    package var tracer = Tracer.off

    package init(
        host: String, port: Int, inside: InsideDoor, database: DatabaseLocation? = nil, maximumWaiting: Int
    ) {
        self.host = host
        self.port = port
        self.inside = inside
        self.database = database
        self.maximumWaiting = maximumWaiting
    }

    /// Of a service that keeps its data in one. To ask it of another is a mistake in the program and traps.
    package var ownDatabase: DatabaseLocation {
        guard let database else { preconditionFailure("a service was given no database") }
        return database
    }

    /// Bytes of a request's body, where an operation says nothing else.
    package static let maximumBody = HTTPServerConfiguration().maximumBody
    /// Bytes of a request's line and header fields.
    package static let maximumHead = HTTPServerConfiguration().maximumHead

    /// What the HTTP server is told. `loops`: threads that serve connections.
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
