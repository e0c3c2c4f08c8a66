import CMicroHTTPD
import Glibc

/// Looks over a loop's connections for those whose client is late or has left.
///
/// The library only watches for silence: a client that sends a byte a second would live for ever.
struct Sweep {
    /// The peer has closed its sending side; Glibc hides the name from Swift.
    private static let peerHasEnded: Int16 = 0x2000

    private let connections: [Connection]

    init(_ connections: [Connection]) {
        self.connections = connections
    }

    func run(at now: UInt64) {
        var watched: [Connection] = []
        var descriptors: [pollfd] = []
        for connection in connections {
            if connection.deadline <= now {
                connection.cutOff()
            } else if let events = events(for: connection) {
                watched.append(connection)
                descriptors.append(pollfd(fd: connection.socket, events: events, revents: 0))
            }
        }
        guard !watched.isEmpty, poll(&descriptors, nfds_t(descriptors.count), 0) > 0 else { return }
        for (connection, descriptor) in zip(watched, descriptors) where descriptor.revents != 0 {
            if connection.isReading {
                connection.endIfDry()
            } else {
                connection.transaction?.cancel()
            }
        }
    }

    /// What to ask the kernel about a connection; nil for nothing.
    private func events(for connection: Connection) -> Int16? {
        // The library never sees a FIN that comes together with data.
        if connection.isReading { return Self.peerHasEnded }
        // An error, or the end of both directions, is reported without asking.
        return connection.transaction?.isWaiting == true ? 0 : nil
    }
}
