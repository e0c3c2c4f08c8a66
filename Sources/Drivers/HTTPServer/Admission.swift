internal import Synchronization

/// Who may have a connection: how many there are, and how many of them one client has.
final class Admission: Sendable {
    enum Verdict {
        case admitted
        /// This client has its share.
        case clientIsFull
        case full
    }

    private struct State {
        var total = 0
        var clients: [ClientAddress: Int] = [:]
        var reserved = 0
    }

    let maximum: Int
    /// No client has more than half, so that one alone can't keep the others out.
    let share: Int
    /// Connections above the maximum, for routes that are always taken.
    static let reserve = 64
    private let state = Mutex(State())

    init(maximum: Int) {
        self.maximum = maximum
        share = max(1, maximum / 2)
    }

    var count: Int { state.withLock { $0.total + $0.reserved } }

    /// Counts a connection in, if there is room. nil stands for a client that has no share: a proxy, or a local one.
    func admit(_ client: ClientAddress?) -> Verdict {
        state.withLock { state in
            if let client, state.clients[client, default: 0] >= share { return .clientIsFull }
            guard state.total < maximum else { return .full }
            state.total += 1
            if let client { state.clients[client, default: 0] += 1 }
            return .admitted
        }
    }

    /// Counts a connection into the reserve, if that has room.
    func admitToReserve() -> Bool {
        state.withLock { state in
            guard state.reserved < Self.reserve else { return false }
            state.reserved += 1
            return true
        }
    }

    /// A proxy's connection turned out to be this client's.
    ///
    /// - Returns: false when the client has its share; then nothing is changed
    func assign(to client: ClientAddress) -> Bool {
        state.withLock { state in
            guard state.clients[client, default: 0] < share else { return false }
            state.clients[client, default: 0] += 1
            return true
        }
    }

    /// A connection counted to `client` is in the reserve from now on, if that has room.
    func moveToReserve() -> Bool {
        state.withLock { state in
            guard state.reserved < Self.reserve else { return false }
            state.reserved += 1
            state.total -= 1
            return true
        }
    }

    func end(_ client: ClientAddress?, isReserved: Bool) {
        state.withLock { state in
            guard !isReserved else {
                state.reserved -= 1
                return
            }
            state.total -= 1
            guard let client, let count = state.clients[client] else { return }
            state.clients[client] = count > 1 ? count - 1 : nil
        }
    }
}
