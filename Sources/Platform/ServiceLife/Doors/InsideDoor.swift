import Glibc
import HTTPAPI
import HTTPServer
import Telemetry

/// Where a service answers its own kind: the calls between services, `/metrics`, and `/health` with its details. What
/// strangers reach has none of these.
package enum InsideDoor: Sendable, Hashable {
    /// `NAME.sock` in a folder, for this user alone. The service must hold the lock of a database in there, for a socket
    /// of that name is taken to be a dead process's and replaced. Where no socket can be, a free port of the loopback
    /// stands in, and `NAME.door` beside it holds the token that it wants.
    case socket(folder: String, name: String)
    /// `isChosen`: false: where it is taken, any free port will do.
    case port(host: String, port: Int, isChosen: Bool)
}

/// An inside door that is open.
struct OpenInsideDoor: Sendable {
    let address: ServiceAddress
    /// Set where the door is on the loopback, and its port no secret.
    let loopbackPort: Int?
    /// Takes no more requests, and removes what tells where it is. Waits for so long for what is being answered.
    let close: @Sendable (Duration) async -> Void
}

/// Opens them.
struct InsideDoorOpener {
    let api: API
    let settings: ServiceSettings
    let metrics: Metrics
    let logger: Logger

    func open(_ door: InsideDoor) async throws -> OpenInsideDoor {
        switch door {
        case .socket(let folder, let name):
            do throws(HTTPServerError) {
                return try onSocket("\(folder)/\(name).sock")
            } catch {
                // A file in its place is somebody's mistake, which the error says how to mend; the rest is the system's
                // nature.
                guard case .unixSocket(_, let code) = error, code != EADDRINUSE else { throw error }
                logger.notice(
                    "no socket can be in the data folder: a port with a token stands in", ["error": "\(error)"])
                return try await withToken("\(folder)/\(name).door")
            }
        case .port(let host, let port, let isChosen):
            do throws(HTTPServerError) {
                return try onPort(host, port)
            } catch {
                guard case .addressInUse = error, !isChosen else { throw error }
                let door = try onPort(host, 0)
                logger.warning(
                    "the inside door's port is taken: it is on another one; choose one with --internal-port",
                    ["taken": "\(port)", "at": "\(door.address)"])
                return door
            }
        }
    }

    private func onSocket(_ path: String) throws(HTTPServerError) -> OpenInsideDoor {
        let door = try SocketDoor(at: path, logger: logger) {
            server(api, nil) {
                $0.unixSocket = path
                // The order service of the same process, and a few people. Three such doors share the process's files.
                $0.maximumConnections = 64
            }
        }
        return OpenInsideDoor(address: ServiceAddress(url: "unix:\(path)"), loopbackPort: nil) {
            await door.close(within: $0)
        }
    }

    private func onPort(_ host: String, _ port: Int) throws(HTTPServerError) -> OpenInsideDoor {
        let tokens = settings.insideTokens
        let server = server(api, tokens) {
            $0.host = host
            $0.port = port
            $0.maximumConnections = 1_000
        }
        let port = try server.start()
        return OpenInsideDoor(
            address: .local(host: host, port: port, tokens: tokens),
            loopbackPort: ["127.0.0.1", "localhost", "::1"].contains(host) ? port : nil
        ) { await server.stop(within: $0) }
    }

    private func withToken(_ file: String) async throws -> OpenInsideDoor {
        let tokens = InsideTokens.made(from: file)
        let server = server(api, tokens) {
            $0.host = "127.0.0.1"
            $0.port = 0
            $0.maximumConnections = 64
        }
        let address = ServiceAddress.local(host: "127.0.0.1", port: try server.start(), tokens: tokens)
        do {
            try DoorFile.write(tokens.first, to: file, address: address)
        } catch {
            await server.stop(within: .zero)
            throw error
        }
        return OpenInsideDoor(address: address, loopbackPort: nil) {
            await server.stop(within: $0)
            // Still under the lock of the folder's database, so it is ours.
            unlink(file)
        }
    }

    /// Where there are `tokens`, one is wanted.
    private func server(
        _ api: API, _ tokens: InsideTokens?, _ listen: (inout HTTPServerConfiguration) -> Void
    ) -> HTTPServer {
        var configuration = settings.server(loops: 1)
        // The gateway's calls to it are its own: no proxy speaks for somebody else here.
        configuration.trustedProxies = []
        configuration.bodyMemory = 32 << 20
        listen(&configuration)
        return ServiceServer(
            configuration: configuration, api: api, metrics: metrics, logger: logger,
            refuses: tokens?.refuses(but: settings.keys)
        ).server
    }
}
