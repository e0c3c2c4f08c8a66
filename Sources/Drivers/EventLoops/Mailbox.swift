import CLinux
import Glibc
import Synchronization

/// What other threads hand to a loop, and the descriptor that wakes it.
final class Mailbox: Sendable {
    struct Contents {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable () -> Void] = []

        var isEmpty: Bool { jobs.isEmpty && calls.isEmpty }
    }

    private struct State {
        var contents = Contents()
        var isAsleep = false
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Readable when the loop has to look.
    let descriptor: Int32

    init?() {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Puts something in, and wakes the loop if it is asleep and not woken yet.
    ///
    /// - Returns: false when the loop has ended and nothing was put in
    func post(_ put: (inout Contents) -> Void) -> Bool {
        let (isTaken, wakes) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            put(&state.contents)
            let wakes = state.isAsleep
            state.isAsleep = false
            return (true, wakes)
        }
        if wakes { eventfd_write(descriptor, 1) }
        return isTaken
    }

    /// Whether the loop may sleep; from here on a post wakes it.
    func fallAsleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.contents.isEmpty
            return state.isAsleep
        }
    }

    /// Takes everything out; `contents` has to be empty, its storage is used again.
    func collect(into contents: inout Contents, wasWoken: Bool) {
        if wasWoken {
            var count: eventfd_t = 0
            eventfd_read(descriptor, &count)
        }
        state.withLock { state in
            state.isAsleep = false
            swap(&state.contents, &contents)
        }
    }

    /// Takes nothing any more, if it is empty.
    func closeIfEmpty() -> Bool {
        state.withLock { state in
            state.isClosed = state.contents.isEmpty
            return state.isClosed
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
}
