internal import CLinux
internal import Glibc

/// An epoll descriptor and what it reported last.
///
/// Connections are watched once, for changes only (EPOLLET): a request costs no call to change what is watched.
final class Poll {
    /// What stands for the mailbox and the listening socket in place of a connection's address.
    static let mailbox: UInt64 = 1
    static let listener: UInt64 = 2

    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>
    /// How many were reported.
    private(set) var count = 0
    private(set) var wasWoken = false
    private(set) var hasArrivals = false

    init?() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        events = .allocate(capacity: 256)
        events.initialize(repeating: epoll_event())
    }

    deinit {
        Glibc.close(descriptor)
        events.deallocate()
    }

    /// Watches for something to read, as long as there is something.
    func watch(_ descriptor: Int32, as name: UInt64) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = name
        epoll_ctl(self.descriptor, EPOLL_CTL_ADD, descriptor, &event)
    }

    func watchNoMore(_ descriptor: Int32) {
        var event = epoll_event()
        epoll_ctl(self.descriptor, EPOLL_CTL_DEL, descriptor, &event)
    }

    /// Watches for changes until the socket is closed. The connection has to outlive what is reported of it.
    func watch(_ connection: Connection) -> Bool {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        event.data.u64 = UInt64(UInt(bitPattern: Unmanaged.passUnretained(connection).toOpaque()))
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, connection.socket, &event) == 0
    }

    func wait(milliseconds: Int32) {
        count = max(0, Int(epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)))
        wasWoken = false
        hasArrivals = false
        for index in 0..<count {
            switch events[index].data.u64 {
            case Self.mailbox: wasWoken = true
            case Self.listener: hasArrivals = true
            default: break
            }
        }
    }

    /// nil where it is not a connection that has changed.
    func connection(at index: Int) -> Connection? {
        let address = events[index].data.u64
        guard address > Self.listener, let pointer = UnsafeRawPointer(bitPattern: UInt(address)) else { return nil }
        return Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
    }

    func changes(at index: Int) -> UInt32 { events[index].events }
}
