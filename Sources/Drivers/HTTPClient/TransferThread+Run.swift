import CCurl
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// On the thread.
extension TransferThread {
    private typealias Active = [ObjectIdentifier: (transfer: Transfer, easy: UnsafeMutableRawPointer)]

    func run() {
        var active: Active = [:]
        while true {
            let (added, cancelled, isClosing) = state.withLock { state in
                defer {
                    state.added = []
                    state.cancelled = []
                }
                return (state.added, state.cancelled, state.isClosing)
            }
            if isClosing {
                for transfer in added { transfer.finish(transfer.failure("the client was closed")) }
                for key in Array(active.keys) { end(key, "the client was closed", &active) }
                break
            }
            for transfer in added { begin(transfer, &active) }
            for transfer in cancelled { end(ObjectIdentifier(transfer), "the call was cancelled", &active) }
            var running: Int32 = 0
            check(curl_multi_perform(multi, &running))
            finishEnded(&active)
            endOverdue(&active)
            check(curl_multi_poll(multi, nil, 0, millisecondsToSleep(active), nil))
        }
        let closers = state.withLock { state in
            state.isEnded = true
            state.cancelled = []
            curl_multi_cleanup(multi)
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    /// Such errors are of want of memory or descriptors: they are told, and slow the loop instead of spinning it.
    private func check(_ code: CURLMcode) {
        guard code != CURLM_OK else { return }
        log("libcurl: \(String(cString: curl_multi_strerror(code)))")
        usleep(100_000)
    }

    private func begin(_ transfer: Transfer, _ active: inout Active) {
        guard transfer.deadline > .now else {
            return transfer.finish(transfer.failure("the deadline passed before it could be sent"))
        }
        guard let easy = curl_easy_init() else {
            return transfer.finish(transfer.failure("libcurl has no memory for a call"))
        }
        transfer.configure(easy)
        let code = curl_multi_add_handle(multi, easy)
        guard code == CURLM_OK else {
            transfer.easy = nil
            curl_easy_cleanup(easy)
            return transfer.finish(transfer.failure(String(cString: curl_multi_strerror(code))))
        }
        active[ObjectIdentifier(transfer)] = (transfer, easy)
    }

    /// Ends a transfer that libcurl has not; nothing where it has.
    private func end(_ key: ObjectIdentifier, _ reason: String, _ active: inout Active) {
        guard let (transfer, easy) = active.removeValue(forKey: key) else { return }
        let outcome = transfer.failure(reason)
        release(transfer, easy)
        transfer.finish(outcome)
    }

    /// libcurl's own time limit ends what it is sending or receiving; what still waits for a connection is ended here.
    private func endOverdue(_ active: inout Active) {
        let now = ContinuousClock.now
        for (key, entry) in active where entry.transfer.deadline <= now {
            end(key, "the deadline passed", &active)
        }
    }

    /// Until the next deadline, a minute at most.
    private func millisecondsToSleep(_ active: Active) -> Int32 {
        guard let next = active.values.map(\.transfer.deadline).min() else { return 60_000 }
        let left = (next - .now) / .milliseconds(1)
        return Int32(min(max(left.rounded(.up), 0), 60_000))
    }

    /// Collects what has ended, then resumes those callers together.
    private func finishEnded(_ active: inout Active) {
        var finished: [(Transfer, Transfer.Outcome)] = []
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = shim_result(message)
            var context: UnsafeMutableRawPointer?
            shim_get_pointer(easy, CURLINFO_PRIVATE, &context)
            guard let context else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            finished.append((transfer, transfer.outcome(code)))
            active.removeValue(forKey: ObjectIdentifier(transfer))
            release(transfer, easy)
        }
        for (transfer, outcome) in finished { transfer.finish(outcome) }
    }

    private func release(_ transfer: Transfer, _ easy: UnsafeMutableRawPointer) {
        transfer.easy = nil
        curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
    }
}
