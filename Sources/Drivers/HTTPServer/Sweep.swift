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
        var watched: [(connection: Connection, poll: pollfd)] = []
        for connection in connections {
            if connection.deadline <= now {
                connection.cutOff()
            } else if let transaction = connection.transaction {
                if transaction.isWaiting {
                    watched.append((connection, pollfd(fd: connection.socket, events: 0, revents: 0)))
                }
            } else if connection.mayHaveEnded {
                connection.mayHaveEnded = false
                let poll = pollfd(fd: connection.socket, events: Self.peerHasEnded, revents: 0)
                watched.append((connection, poll))
            }
        }
        guard !watched.isEmpty else { return }
        var descriptors = watched.map(\.poll)
        guard poll(&descriptors, nfds_t(descriptors.count), 0) > 0 else { return }
        for (index, descriptor) in descriptors.enumerated() where descriptor.revents != 0 {
            let connection = watched[index].connection
            if let transaction = connection.transaction {
                transaction.cancel()
            } else {
                connection.endIfIdle()
            }
        }
    }
}
