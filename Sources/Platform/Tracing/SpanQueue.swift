internal import Pacing
internal import Synchronization

/// Spans that have ended and wait to be sent. Adding one never waits: where no more have room, it is dropped and counted.
package final class SpanQueue: Sendable {
    struct Entry: Sendable {
        let service: String
        let span: Span
    }

    private struct State {
        var entries: [Entry] = []
        var dropped = 0
    }

    private let capacity: Int
    private let batch: Int
    private let state = Mutex(State())
    /// Signalled when a batch is there.
    let full = WakeUp()

    /// `capacity`: spans that wait at most; `batch`: how many make a batch.
    package init(capacity: Int, batch: Int) {
        self.capacity = capacity
        self.batch = min(batch, capacity)
    }

    /// Spans that are not sent any more, since the start: for want of room, or because the receiver would not have them.
    package var dropped: Int { state.withLock { $0.dropped } }
    package var count: Int { state.withLock { $0.entries.count } }

    func add(_ span: Span, of service: String) {
        let isBatch = state.withLock { state in
            guard state.entries.count < capacity else {
                state.dropped += 1
                return false
            }
            state.entries.append(Entry(service: service, span: span))
            return state.entries.count == batch
        }
        if isBatch { full.signal() }
    }

    /// The oldest, a batch at most.
    func take() -> [Entry] {
        state.withLock { state in
            let taken = Array(state.entries.prefix(batch))
            state.entries.removeFirst(taken.count)
            return taken
        }
    }

    func drop(_ count: Int) { state.withLock { $0.dropped += count } }
}
