internal import Synchronization

/// The body of an answer that goes on: it is sent as it is written, until its writer ends it or its reader has gone.
///
/// What a reader has not taken yet is bounded in bytes. One that is too slow is cut off: whoever writes is never held up, and others lose
/// nothing.
package final class HTTPStream: Sendable {
    /// What a connection has to send next.
    enum Piece: Equatable {
        case bytes([UInt8], isLast: Bool)
        /// The reader did not take what was written in time.
        case cutOff
    }

    private struct State {
        var waiting: [UInt8] = []
        /// The writer is done.
        var isEnded = false
        /// Nobody reads any more.
        var hasLeft = false
        var isCutOff = false
        /// Whether the connection knows that something waits.
        var isWoken = false
        var wake: (@Sendable () -> Void)?

        mutating func mustWake() -> (@Sendable () -> Void)? {
            guard let wake, !isWoken else { return nil }
            isWoken = true
            return wake
        }
    }

    private let limit: Int
    private let left: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: bytes that may wait for the reader
    ///   - left: called once, when nobody reads any more, whatever the reason
    package init(limit: Int, left: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.left = left
    }

    /// Bytes that wait for the reader.
    package var waiting: Int { state.withLock { $0.waiting.count } }

    /// From any thread.
    ///
    /// - Returns: false where nobody reads any more, or too much waits already: then the reader is cut off
    @discardableResult package func write(_ bytes: [UInt8]) -> Bool {
        let (isTaken, wake) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            guard !state.isEnded, !state.hasLeft, !state.isCutOff else { return (false, nil) }
            if state.waiting.count + bytes.count > limit {
                state.isCutOff = true
                state.waiting = []
            } else {
                state.waiting += bytes
            }
            // Who is cut off may have a piece on its way, and is not asked for the next one.
            return state.isCutOff ? (false, state.wake) : (true, state.mustWake())
        }
        wake?()
        return isTaken
    }

    /// What was written is sent, and then the answer ends.
    package func end() {
        state.withLock { state in
            state.isEnded = true
            return state.mustWake()
        }?()
    }

    // MARK: - The connection's

    /// Takes pieces from now on. `wake` is called when there is one, from any thread, and not again before that was taken.
    func begin(wake: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.wake = wake
            let hasSome = !state.waiting.isEmpty || state.isEnded || state.isCutOff
            return hasSome ? state.mustWake() : nil
        }?()
    }

    /// Whether the reader was too slow.
    var isLost: Bool { state.withLock { $0.isCutOff } }

    func take() -> Piece {
        state.withLock { state in
            state.isWoken = false
            if state.isCutOff { return .cutOff }
            defer { state.waiting = [] }
            return .bytes(state.waiting, isLast: state.isEnded)
        }
    }

    /// Nobody reads any more.
    func leave() {
        let isFirst = state.withLock { state in
            defer { (state.hasLeft, state.wake, state.waiting) = (true, nil, []) }
            return !state.hasLeft
        }
        if isFirst { left() }
    }
}
