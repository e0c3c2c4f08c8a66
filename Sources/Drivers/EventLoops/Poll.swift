internal import CLinux
internal import Glibc

/// An epoll descriptor and what it reported last.
final class Poll {
    /// What stands for the mailbox in place of a watch's address.
    private static let mailbox: UInt64 = 1

    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>
    /// How many were reported.
    private(set) var count = 0
    private(set) var wasWoken = false

    init?() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        events = .allocate(capacity: 256)
        events.initialize(repeating: epoll_event())
    }

    deinit {
        // A failed init has no events.
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        events.deallocate()
    }

    func watch(_ mailbox: Mailbox) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = Self.mailbox
        epoll_ctl(descriptor, EPOLL_CTL_ADD, mailbox.descriptor, &event)
    }

    /// Adds a watch, or changes what it watches for. It has to outlive what is reported of it.
    func set(_ watch: Watch, _ operation: Int32) -> Bool {
        var event = epoll_event()
        event.events = watch.events
        event.data.u64 = UInt64(UInt(bitPattern: Unmanaged.passUnretained(watch).toOpaque()))
        return epoll_ctl(descriptor, operation, watch.descriptor, &event) == 0
    }

    func remove(_ watch: Watch) {
        var event = epoll_event()
        epoll_ctl(descriptor, EPOLL_CTL_DEL, watch.descriptor, &event)
    }

    func wait(milliseconds: Int32) {
        count = max(0, Int(epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)))
        wasWoken = false
        for index in 0..<count where events[index].data.u64 == Self.mailbox { wasWoken = true }
    }

    /// nil where it is the mailbox that has changed.
    func watch(at index: Int) -> Watch? {
        let address = events[index].data.u64
        guard address > Self.mailbox, let pointer = UnsafeRawPointer(bitPattern: UInt(address)) else { return nil }
        return Unmanaged<Watch>.fromOpaque(pointer).takeUnretainedValue()
    }

    func changes(at index: Int) -> UInt32 { events[index].events }
}
