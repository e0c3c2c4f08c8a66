import EventLoops
import Synchronization

/// An HTTP/1.1 client over libcurl: connections are kept alive, every call has a deadline, and no request but GET and HEAD is
/// ever sent twice by itself.
///
/// A call that is made on an event loop, as handlers of `HTTPServer` are, is driven by this loop: nothing changes threads for it. All
/// other calls share a loop of the client's own, which starts with the first of them, and is tried again for the next where the
/// system has no thread to give. Each loop has connections of its own.
///
/// A client that is dropped without `close` ends its connections and its thread too, only without waiting for it.
package final class HTTPClient: Sendable {
    private struct State {
        /// The calls on loops of others.
        var guests: [Transfers] = []
        var own: Transfers?
        var isClosing = false
    }

    private let limits: Transfers.Limits
    private let state = Mutex(State())

    /// - Parameters:
    ///   - maximumResponse: Bytes of a response's body; a longer one is an error.
    ///   - connectionsPerHost: Of one loop. Further calls to a host wait for one of these, inside their deadline.
    ///   - log: Told of what goes wrong inside, for people.
    package init(
        maximumResponse: Int = 32 << 20, connectionsPerHost: Int = 16, log: @escaping @Sendable (String) -> Void
    ) {
        limits = Transfers.Limits(
            maximumResponse: maximumResponse, connectionsPerHost: connectionsPerHost, log: log)
    }

    deinit {
        for transfers in beginClosing() { transfers.close {} }
    }

    /// Sends a request and waits for the whole response. Any status is a response. Cancelling the task ends the call.
    package func send(
        _ request: HTTPClientRequest, deadline: ContinuousClock.Instant
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        if let flaw = request.flaw { throw HTTPClientError(.notProcessed, flaw) }
        guard deadline > .now else { throw HTTPClientError(.notProcessed, "the deadline had passed already") }
        guard !Task.isCancelled else { throw HTTPClientError(.notProcessed, "the call was cancelled") }
        let transfers = try transfers(for: request)
        let transfer = Transfer(request, deadline: deadline, maximumResponse: limits.maximumResponse)
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                transfer.continuation = continuation
                transfers.begin(transfer)
                // Where the task was cancelled first, `onCancel` found nothing to end.
                if Task.isCancelled { transfers.cancel(transfer) }
            }
        } onCancel: {
            transfers.cancel(transfer)
        }
        return try result.get()
    }

    /// Those of the loop that the caller runs on, or the client's own.
    private func transfers(for request: HTTPClientRequest) throws(HTTPClientError) -> Transfers {
        let loop = EventLoop.current
        return try state.withLock { state throws(HTTPClientError) in
            guard !state.isClosing else {
                throw HTTPClientError(.notProcessed, "\(request.url): \(Transfer.clientClosed)")
            }
            if let known = loop == nil ? state.own : state.guests.first(where: { $0.loop === loop }) { return known }
            state.guests.removeAll { $0.loop.hasEnded }
            guard let made = loop.map({ Transfers.make(on: $0, limits) }) ?? Transfers.makeAlone(limits) else {
                throw HTTPClientError(
                    .notProcessed, "\(request.url): the system has no thread or no memory for HTTP calls")
            }
            if loop == nil { state.own = made } else { state.guests.append(made) }
            return made
        }
    }

    private func beginClosing() -> [Transfers] {
        state.withLock { state in
            state.isClosing = true
            return state.guests + (state.own.map { [$0] } ?? [])
        }
    }

    /// Ends what is in flight with errors, and the client's thread. Idempotent.
    package func close() async {
        for transfers in beginClosing() {
            await withUnsafeContinuation { continuation in transfers.close { continuation.resume() } }
        }
    }
}
