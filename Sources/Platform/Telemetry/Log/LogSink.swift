internal import ConnectionThreads
import Dispatch
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where the log goes: a file descriptor, written by a thread of its own, or by a `WorkThread` whose task waits for its lines
/// while that one sleeps. Logging never waits for it: when the buffer is full, lines are dropped, and as soon as there is
/// room a line says how many.
package final class LogSink: Sendable {
    let descriptor: Int32
    let buffer: Mutex<LogBuffer>
    let wakeUp = DispatchSemaphore(value: 0)
    /// Whether there is a thread.
    let isRunning = Mutex(false)
    let troubles = LastTroubles()

    /// - Parameters:
    ///   - descriptor: Stays the caller's, and is to stay open for as long as the sink may write.
    ///   - capacity: Bytes that may wait to be written.
    package init(descriptor: Int32 = STDERR_FILENO, capacity: Int = 1 << 20) {
        self.descriptor = descriptor
        buffer = Mutex(LogBuffer(capacity: capacity))
        wakeThread()
    }

    /// Lines that were dropped since the start.
    var dropped: Int { buffer.withLock { $0.dropped } }

    /// A line that is dropped when there is no room.
    func append(_ line: [UInt8], format: LogFormat) {
        if buffer.withLock({ $0.append(line, format: format) }) || !isRunning.withLock({ $0 }) { wakeThread() }
    }

    /// Waits for room instead of dropping, and returns when the lines are written; those of one call stand together.
    /// False: the descriptor refused them (a closed pipe, a full disk), or the sink is closed.
    @discardableResult
    package func write(_ lines: LogLines) async -> Bool {
        let bytes = lines.bytes
        return await withUnsafeContinuation { continuation in
            append(bytes, on: WorkThread.current) { continuation.resume(returning: $0) }
        }
    }

    /// Blocks the calling thread until all that was logged before has been written or lost, at most `seconds`: for the
    /// end of the process. False when the time was too short.
    @discardableResult
    package func flush(within seconds: Double = 1) -> Bool {
        let done = DispatchSemaphore(value: 0)
        append([]) { _ in done.signal() }
        return done.wait(timeout: .now() + seconds) == .success
    }

    /// Ends the thread, once it has written what it has. Later lines are lost. Idempotent.
    package func close() {
        if buffer.withLock({ $0.close() }) { wakeThread() }
    }

    /// `caller`: what its tasks write goes out together, and by itself.
    private func append(_ lines: [UInt8], on caller: WorkThread? = nil, waiter: @escaping @Sendable (Bool) -> Void) {
        switch buffer.withLock({ $0.append(lines, borrows: caller != nil, waiter: waiter) }) {
        case nil: waiter(false)
        case true?: wakeThread()
        case false?:
            if !isRunning.withLock({ $0 }) { wakeThread() }
            caller?.whenOthersWait { self.writeHere() }
        }
    }
}
