import Batching
import Synchronization
import Testing

/// A `process` that notes its batches, holds each until it is let go, and answers every number with its double.
final class BatchRecorder: Sendable {
    private struct State {
        var batches: [[Int]] = []
        var held: [UnsafeContinuation<Void, Never>] = []
        var isOpen: Bool
        var inFlight = 0
        var mostInFlight = 0
    }

    private let state: Mutex<State>

    /// Held from the start, or open: then no batch waits.
    init(isOpen: Bool) {
        state = Mutex(State(isOpen: isOpen))
    }

    var batches: [[Int]] { state.withLock { $0.batches } }
    var inFlight: Int { state.withLock { $0.inFlight } }
    var mostInFlight: Int { state.withLock { $0.mostInFlight } }

    func process(_ requests: [Int]) async -> [Int] {
        await withUnsafeContinuation { continuation in
            let isOpen = state.withLock {
                $0.batches.append(requests)
                $0.inFlight += 1
                $0.mostInFlight = max($0.mostInFlight, $0.inFlight)
                if !$0.isOpen { $0.held.append(continuation) }
                return $0.isOpen
            }
            if isOpen { continuation.resume() }
        }
        state.withLock { $0.inFlight -= 1 }
        return requests.map { $0 * 2 }
    }

    /// Lets the batches go that are held now, and all that follow.
    func open() {
        let held = state.withLock { state in
            state.isOpen = true
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Lets the batch go that has been held for longest.
    func releaseOne() {
        state.withLock { $0.held.isEmpty ? nil : $0.held.removeFirst() }?.resume()
    }
}

/// Waits until `condition` holds; records an issue when it does not within 20 s.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: @Sendable () -> Bool
) async {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        try? await Task.sleep(for: .milliseconds(1))
    }
}
