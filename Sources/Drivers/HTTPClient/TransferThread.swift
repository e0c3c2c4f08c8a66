import CCurl
import Glibc
import Synchronization

/// The thread that drives every transfer of a client.
///
/// `@unchecked Sendable`: `multi` is used by the thread alone, but for `curl_multi_wakeup`, which is made for other
/// threads and is called under the lock, and never after the thread has ended; the rest is behind the lock.
final class TransferThread: @unchecked Sendable {
    let maximumResponse: Int
    private let log: @Sendable (String) -> Void
    private let multi: UnsafeMutableRawPointer?

    private struct State {
        var added: [Transfer] = []
        /// Kept alive, so that no later transfer can have the identity of an earlier one.
        var cancelled: [Transfer] = []
        var isClosing = false
        var isEnded = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    /// libcurl asks for it once per process, before anything else.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    init(maximumResponse: Int, connectionsPerHost: Int, log: @escaping @Sendable (String) -> Void) {
        self.maximumResponse = maximumResponse
        self.log = log
        precondition(Self.isReady, "libcurl can't be initialised")
        multi = curl_multi_init()
        precondition(multi != nil, "libcurl has no memory for a multi handle")
        shim_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
        // A connection that dies while it is written to shows as an error of the write, not as a signal.
        signal(SIGPIPE, SIG_IGN)
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<TransferThread>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(created == 0, "no thread could be made for HTTP calls")
        pthread_detach(thread)
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

    func close() async {
        await withCheckedContinuation { continuation in
            let isEnded = state.withLock { state in
                if state.isEnded { return true }
                state.isClosing = true
                state.closers.append(continuation)
                curl_multi_wakeup(multi)
                return false
            }
            if isEnded { continuation.resume() }
        }
    }

    // MARK: - On the thread

    private func run() {
        var active: [ObjectIdentifier: (transfer: Transfer, easy: UnsafeMutableRawPointer)] = [:]
        while true {
            let (added, cancelled, isClosing) = state.withLock { state in
                defer {
                    state.added = []
                    state.cancelled = []
                }
                return (state.added, state.cancelled, state.isClosing)
            }
            for transfer in added { begin(transfer, &active) }
            let ended = isClosing ? Array(active.keys) : cancelled.map(ObjectIdentifier.init)
            let reason = isClosing ? "the client was closed" : "the call was cancelled"
            for key in ended {
                guard let (transfer, easy) = active.removeValue(forKey: key) else { continue }
                var requestSize = 0
                shim_get_long(easy, CURLINFO_REQUEST_SIZE, &requestSize)
                release(easy)
                transfer.finish(.failure(HTTPClientError(requestSize == 0 ? .notProcessed : .unknown, reason)))
            }
            if isClosing { break }
            var running: Int32 = 0
            let code = curl_multi_perform(multi, &running)
            if code != CURLM_OK { log("libcurl: \(String(cString: curl_multi_strerror(code)))") }
            finishEnded(&active)
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        let closers = state.withLock { state in
            state.isEnded = true
            curl_multi_cleanup(multi)
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func begin(
        _ transfer: Transfer, _ active: inout [ObjectIdentifier: (transfer: Transfer, easy: UnsafeMutableRawPointer)]
    ) {
        guard transfer.deadline > .now, let easy = curl_easy_init() else {
            return transfer.finish(
                .failure(HTTPClientError(.notProcessed, "\(transfer.request.url): too late to be sent")))
        }
        transfer.configure(easy)
        let code = curl_multi_add_handle(multi, easy)
        guard code == CURLM_OK else {
            curl_easy_cleanup(easy)
            let reason = String(cString: curl_multi_strerror(code))
            return transfer.finish(.failure(HTTPClientError(.notProcessed, "\(transfer.request.url): \(reason)")))
        }
        active[ObjectIdentifier(transfer)] = (transfer, easy)
    }

    /// Collects what has ended, then resumes those callers together.
    private func finishEnded(
        _ active: inout [ObjectIdentifier: (transfer: Transfer, easy: UnsafeMutableRawPointer)]
    ) {
        var finished: [(Transfer, Transfer.Outcome)] = []
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = shim_result(message)
            var context: UnsafeMutableRawPointer?
            shim_get_pointer(easy, CURLINFO_PRIVATE, &context)
            guard let context else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            finished.append((transfer, transfer.outcome(easy, code)))
            active.removeValue(forKey: ObjectIdentifier(transfer))
            release(easy)
        }
        for (transfer, outcome) in finished { transfer.finish(outcome) }
    }

    private func release(_ easy: UnsafeMutableRawPointer) {
        curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
    }
}
