import CLinux
import Glibc

/// What happens on its connections.
extension Placing {
    /// Puts a request on a connection that is free.
    func begin(on connection: Connection, due: UInt64) {
        connection.due = due
        connection.isMeasured = due >= measureFrom
        choose(for: connection)
        if connection.state == .closed {
            guard let socket = address.connecting() else { return lose(connection, .connect) }
            connection.socket = socket
            connection.state = .connecting
            var event = epoll_event()
            event.events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            event.data.u64 = UInt64(connection.number)
            guard epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) == 0 else { return lose(connection, .connect) }
            return
        }
        connection.state = .sending
        send(connection)
    }

    private func send(_ connection: Connection) {
        switch connection.send() {
        case .done: connection.state = .waiting
        case .again: break
        case .failed: lose(connection, .reset)
        }
    }

    func handle(_ connection: Connection, _ events: UInt32) {
        if connection.state == .connecting {
            guard events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 else { return lose(connection, .connect) }
            guard events & EPOLLOUT.rawValue != 0 else { return }
            guard Address.error(of: connection.socket) == 0 else { return lose(connection, .connect) }
            connection.state = .sending
            send(connection)
        } else if connection.state == .sending, events & EPOLLOUT.rawValue != 0 {
            send(connection)
        }
        guard events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 else {
            return
        }
        switch connection.state {
        case .closed, .connecting: return
        case .idle:
            // Whatever comes, nobody asked for it: the server ends the connection.
            idle.removeAll { $0 == connection.number }
            shut(connection)
        case .sending, .waiting:
            let isOpen = connection.receive() == .done
            answered(connection, isOpen: isOpen && events & EPOLLRDHUP.rawValue == 0)
        }
    }

    private func answered(_ connection: Connection, isOpen: Bool) {
        switch Answer.read(connection.bytes) {
        case .part: if !isOpen { lose(connection, .reset) }
        case .unreadable: lose(connection, .unreadable)
        case .whole(let answer):
            let body = UnsafeRawBufferPointer(rebasing: connection.bytes[answer.bodyAt..<answer.length])
            if answer.status < 200 {
                connection.drop(answer.length)
                return answered(connection, isOpen: isOpen)
            }
            count(answer.status, body, of: connection)
            connection.drop(answer.length)
            // An answer before the whole request was sent: the rest would be taken for the next one.
            let isReusable = isOpen && !answer.isLast && connection.state == .waiting
            connection.sendLength = 0
            if isReusable {
                connection.state = .idle
                idle.append(connection.number)
            } else {
                shut(connection)
            }
        }
    }

    /// The request has no answer, and its connection ends.
    func lose(_ connection: Connection, _ kind: Tally.Failure) {
        fail(kind, isMeasured: connection.isMeasured)
        if kind != .connect {
            placed.unknown += 1
            placed.unknownDrafts[connection.draft] += 1
        }
        connection.sendLength = 0
        if kind == .connect { connection.closedUntil = now + Self.pauseAfterFailure }
        shut(connection)
    }

    /// Closes it; it can be opened again.
    private func shut(_ connection: Connection) {
        if connection.socket >= 0 { close(connection.socket) }
        connection.socket = -1
        connection.state = .closed
        connection.dropAll()
        idle.insert(connection.number, at: 0)
    }

    func giveUpLate() {
        for connection in connections where connection.hasRequest && now - min(now, connection.due) > plan.deadline {
            lose(connection, connection.state == .connecting ? .connect : .deadline)
        }
    }
}
