import CMicroHTTPD
import Glibc

/// One client's connection; only its loop's thread touches it.
final class Connection {
    let loop: EventLoop
    let handle: OpaquePointer
    let socket: Int32
    /// Where it stands in the loop's list.
    var index = 0
    /// The request being read, handled or answered. It is owned here; the library has a bare pointer.
    private(set) var transaction: Transaction?
    /// When the client has had its time, in nanoseconds of the monotonic clock.
    private(set) var deadline: UInt64

    init(loop: EventLoop, handle: OpaquePointer) {
        self.loop = loop
        self.handle = handle
        socket = mhd_socket(handle)
        deadline = loop.now + loop.context.configuration.headTimeout.inNanoseconds
    }

    func allow(_ time: Duration) {
        deadline = loop.now + time.inNanoseconds
    }

    func allowForEver() {
        deadline = .max
    }

    func requestBegan(target: UnsafePointer<CChar>?) -> Transaction {
        transaction?.over()
        let transaction = Transaction(connection: self, target: target)
        self.transaction = transaction
        return transaction
    }

    /// The library does not report the end of every request that it answers by itself.
    func ended() {
        transaction?.over()
    }

    func requestEnded() {
        transaction = nil
        // Its response was queued before the stop, without "Connection: close".
        if loop.isDraining { shutdown(socket, Int32(SHUT_RDWR)) }
        // How long silence may last is the library's to watch; this is for a request that begins and is never finished.
        let configuration = loop.context.configuration
        allow(configuration.idleTimeout + configuration.headTimeout)
    }

    /// The deadline is over.
    func cutOff() {
        allowForEver()
        transaction?.timedOut()
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Whether the next move is the client's: between requests, or before the end of one.
    var isReading: Bool { transaction?.isReading ?? true }

    /// Ends it if no request has begun, not even in the kernel's buffer.
    func endIfIdle() {
        if transaction == nil { endIfDry() }
    }

    /// Ends it unless bytes wait to be read.
    func endIfDry() {
        var waiting: Int32 = 0
        if ioctl(socket, UInt(FIONREAD), &waiting) != 0 || waiting == 0 { shutdown(socket, Int32(SHUT_RDWR)) }
    }
}
