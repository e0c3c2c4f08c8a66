import CCurl
import CLinux
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The thread that drives every transfer of a client: started for the first of them, and tried again for the next where the
/// system has none to give. It keeps this object alive until it is told to close.
///
/// `@unchecked Sendable`: `multi` is used by the thread alone, but for `curl_multi_wakeup`, which is made for other
/// threads and is called under the lock, and never after the thread has ended; the rest is behind the lock.
final class TransferThread: @unchecked Sendable {
    let maximumResponse: Int
    let log: @Sendable (String) -> Void
    let multi: UnsafeMutableRawPointer?

    struct State {
        var isRunning = false
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
        multi = Self.isReady ? curl_multi_init() : nil
        guard multi != nil else { return }
        shim_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
        // By default it keeps four times as many as there are calls at the moment: after a burst nearly none.
        shim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(connectionsPerHost * 4, 64))
    }

    deinit {
        // Where there was a thread, it did that.
        if !state.withLock({ $0.isEnded }) { curl_multi_cleanup(multi) }
    }

    /// Whether there is a thread now.
    private func start(_ state: inout State) -> Bool {
        if state.isRunning { return true }
        guard multi != nil else { return false }
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let object = Unmanaged.passRetained(self)
        state.isRunning = pthread_create(&thread, nil, { TransferThread.main($0) }, object.toOpaque()) == 0
        if !state.isRunning { object.release() }
        return state.isRunning
    }

    private static func main(_ object: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        pthread_detach(pthread_self())
        _ = pthread_setname_np(pthread_self(), "http-client")
        // Signals go to other threads; a connection that dies while it is written to is EPIPE here and kills nobody.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        if let object { Unmanaged<TransferThread>.fromOpaque(object).takeRetainedValue().run() }
        return nil
    }

    /// What is wrong when it is not taken.
    func add(_ transfer: Transfer) -> String? {
        state.withLock { state in
            guard !state.isClosing else { return "the client is closed" }
            guard start(&state) else { return "the system has no thread or no memory for HTTP calls" }
            state.added.append(transfer)
            if state.added.count == 1 { curl_multi_wakeup(multi) }
            return nil
        }
    }

    func cancel(_ transfer: Transfer) {
        state.withLock { state in
            guard state.isRunning, !state.isEnded else { return }
            state.cancelled.append(transfer)
            curl_multi_wakeup(multi)
        }
    }

    /// Tells the thread to end everything and itself.
    func beginClosing() {
        state.withLock { state in
            guard !state.isClosing else { return }
            state.isClosing = true
            if state.isRunning { curl_multi_wakeup(multi) }
        }
    }

    func close() async {
        beginClosing()
        await withCheckedContinuation { continuation in
            let isEnded = state.withLock { state in
                let isEnded = state.isEnded || !state.isRunning
                if !isEnded { state.closers.append(continuation) }
                return isEnded
            }
            if isEnded { continuation.resume() }
        }
    }
}
