import CCurl
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The thread that drives every transfer of a client. It keeps this object alive until it is told to close.
///
/// `@unchecked Sendable`: `multi` is used by the thread alone, but for `curl_multi_wakeup`, which is made for other
/// threads and is called under the lock, and never after the thread has ended; the rest is behind the lock.
final class TransferThread: @unchecked Sendable {
    let maximumResponse: Int
    let log: @Sendable (String) -> Void
    let multi: UnsafeMutableRawPointer?

    struct State {
        var added: [Transfer] = []
        /// Kept alive, so that no later transfer can have the identity of an earlier one.
        var cancelled: [Transfer] = []
        var isClosing = false
        var isEnded = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }
    let state = Mutex(State())

    /// libcurl asks for it once per process, before anything else.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    init(maximumResponse: Int, connectionsPerHost: Int, log: @escaping @Sendable (String) -> Void) {
        self.maximumResponse = maximumResponse
        self.log = log
        precondition(Self.isReady, "libcurl can't be initialised")
        multi = curl_multi_init()
        precondition(multi != nil, "libcurl has no memory for a multi handle")
        shim_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
        // By default it keeps four times as many as there are calls at the moment: after a burst nearly none.
        shim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(connectionsPerHost * 4, 64))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let status = pthread_create(&thread, nil, { TransferThread.main($0) }, Unmanaged.passRetained(self).toOpaque())
        precondition(status == 0, "no thread for HTTP calls: error \(status)")
    }

    private static func main(_ object: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        pthread_detach(pthread_self())
        // Signals go to other threads; a connection that dies while it is written to is EPIPE here and kills nobody.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        if let object { Unmanaged<TransferThread>.fromOpaque(object).takeRetainedValue().run() }
        return nil
    }

    /// False when the client is closed.
    func add(_ transfer: Transfer) -> Bool {
        state.withLock { state in
            guard !state.isClosing else { return false }
            state.added.append(transfer)
            if state.added.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
    }

    func cancel(_ transfer: Transfer) {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.cancelled.append(transfer)
            curl_multi_wakeup(multi)
        }
    }

    /// Tells the thread to end everything and itself.
    func beginClosing() {
        state.withLock { state in
            guard !state.isClosing else { return }
            state.isClosing = true
            curl_multi_wakeup(multi)
        }
    }

    func close() async {
        beginClosing()
        await withCheckedContinuation { continuation in
            let isEnded = state.withLock { state in
                if !state.isEnded { state.closers.append(continuation) }
                return state.isEnded
            }
            if isEnded { continuation.resume() }
        }
    }
}
