/// An HTTP/1.1 client over libcurl's multi handle: one thread drives all transfers, connections are kept alive, every
/// call has a deadline, and no request but GET and HEAD is ever sent twice by itself.
///
/// A client that is dropped without `close` ends its thread and its connections too, only without waiting for it.
package final class HTTPClient: Sendable {
    private let engine: TransferThread

    /// - Parameters:
    ///   - maximumResponse: Bytes of a response's body; a longer one is an error.
    ///   - connectionsPerHost: Further calls to a host wait for one of these, inside their deadline.
    ///   - log: Told of what goes wrong inside, for people.
    package init(
        maximumResponse: Int = 32 << 20, connectionsPerHost: Int = 16, log: @escaping @Sendable (String) -> Void
    ) {
        engine = TransferThread(
            maximumResponse: maximumResponse, connectionsPerHost: connectionsPerHost, log: log)
    }

    deinit { engine.beginClosing() }

    /// Sends a request and waits for the whole response. Any status is a response. Cancelling the task ends the call.
    package func send(
        _ request: HTTPClientRequest, deadline: ContinuousClock.Instant
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        if let flaw = request.flaw { throw HTTPClientError(.notProcessed, flaw) }
        guard deadline > .now else { throw HTTPClientError(.notProcessed, "the deadline had passed already") }
        guard !Task.isCancelled else { throw HTTPClientError(.notProcessed, "the call was cancelled") }
        let transfer = Transfer(request, deadline: deadline, maximumResponse: engine.maximumResponse)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                if let refusal = engine.add(transfer) { transfer.finish(transfer.failure(refusal)) }
                // Where the task was cancelled first, `onCancel` found nothing to end.
                if Task.isCancelled { engine.cancel(transfer) }
            }
        } onCancel: {
            engine.cancel(transfer)
        }
        return try result.get()
    }

    /// Ends what is in flight with errors, and the thread. Idempotent.
    package func close() async { await engine.close() }
}
