import CLinux
import Glibc
import Synchronization

/// SIGTERM and SIGINT. The handler writes to a pipe, all that a handler may safely do; a thread of its own reads there.
/// (Blocking the signals and waiting for them does not work: libdispatch's main thread waits with none blocked.)
public final class ShutdownSignal: Sendable {
    private struct State {
        var arrived = false
        var isAwaited = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    /// Where the handler writes. Set once, before the handler is installed.
    private nonisolated(unsafe) static var handlerEnd: Int32 = -1

    /// One in a process. nil where the system has no pipe or no thread for it.
    public init?() {
        precondition(Self.handlerEnd == -1, "a process has one place that takes its signals")
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        // A program that it starts has neither.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        Self.handlerEnd = ends[1]
        guard startThread(readingFrom: ends[0]) else { return nil }
        for number in [SIGTERM, SIGINT] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                write(ShutdownSignal.handlerEnd, &byte, 1)
            }
        }
        // A client that hangs up shows as an error of the write, not as a signal.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Whether somebody means to stop in order when a signal comes. Until then it ends the process at once.
    package var isAwaited: Bool {
        get { state.withLock { $0.isAwaited } }
        set { state.withLock { $0.isAwaited = newValue } }
    }

    /// Returns once one of the signals has come.
    package func wait() async {
        await withCheckedContinuation { continuation in
            let arrived = state.withLock { state in
                if !state.arrived { state.waiting.append(continuation) }
                return state.arrived
            }
            if arrived { continuation.resume() }
        }
    }

    private func startThread(readingFrom end: Int32) -> Bool {
        final class Start {
            let signal: ShutdownSignal
            let end: Int32

            init(signal: ShutdownSignal, end: Int32) {
                self.signal = signal
                self.end = end
            }
        }
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.signal.takeSignals(from: start.end)
                return nil
            }, Unmanaged.passRetained(Start(signal: self, end: end)).toOpaque())
        if created == 0 { pthread_detach(thread) }
        return created == 0
    }

    private func takeSignals(from end: Int32) {
        _ = pthread_setname_np(pthread_self(), "signals")
        var number: UInt8 = 0
        while read(end, &number, 1) != 1 {}
        if !isAwaited { _exit(128 + Int32(number)) }
        let waiting = state.withLock { state in
            state.arrived = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
        // Whoever presses Ctrl-C again does not want to wait.
        while read(end, &number, 1) != 1 {}
        _exit(128 + Int32(number))
    }
}
