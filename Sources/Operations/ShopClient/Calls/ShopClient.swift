import HTTPClient
import JSON

/// A shop as its callers see it: asks its services by their public API, each call with a deadline.
///
/// What can be repeated without harm is repeated until the deadline where the answer was lost or is "not now"; what can't be is asked
/// again only where it was surely not done.
package final class ShopClient: Sendable {
    /// How long a call may take.
    package struct Patience: Sendable {
        /// One try; a service answers within five seconds.
        package var attempt: Duration
        /// All tries together.
        package var whole: Duration

        package init(attempt: Duration = .seconds(10), whole: Duration) {
            self.attempt = attempt
            self.whole = whole
        }
    }

    /// Between two tries, at first; then twice as long each time.
    private static let firstPause: Duration = .milliseconds(200)
    private static let longestPause: Duration = .seconds(5)

    package let addresses: ShopAddresses
    private let accessKey: String?
    private let patience: Patience
    private let advice: @Sendable (_ kind: String) -> String?
    private let http = HTTPClient(connectionsPerHost: 4, log: { _ in })

    /// - Parameters:
    ///   - accessKey: sent as bearer with each call
    ///   - advice: what can be done about a kind of problem
    package init(
        _ addresses: ShopAddresses, accessKey: String?, patience: Patience,
        advice: @escaping @Sendable (_ kind: String) -> String? = { _ in nil }
    ) {
        self.addresses = addresses
        self.accessKey = accessKey
        self.patience = patience
        self.advice = advice
    }

    package func close() async { await http.close() }

    /// The body of an answer of the 200s. Throws a `ShopError`, or that the task was cancelled: then nothing was asked for that changes
    /// something, or it was surely not done.
    package func send(_ request: ShopRequest) async throws -> [UInt8] {
        let end = ContinuousClock.now + patience.whole
        var pause = Self.firstPause
        // From the first try on of which nobody knows whether it was done, what later ones are told does not mean that nothing was.
        var isLost = false
        while true {
            let failure: Failure
            switch await attempt(request, until: end) {
            case .success(let body): return body
            case .failure(let error): failure = error
            }
            isLost = isLost || request.changes && failure.error.leavesOpen
            if Task.isCancelled { throw Self.stopped(isLost: isLost) }
            let wait = max(pause, failure.wait ?? .zero)
            guard failure.mayRepeat || isLost && request.isRepeatable && failure.error.isPassing, .now + wait < end
            else { throw failure.error(isLost: isLost) }
            do { try await Task.sleep(for: wait) } catch { throw Self.stopped(isLost: isLost) }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private static func stopped(isLost: Bool) -> any Error {
        isLost ? ShopError.unknown("it was stopped before an answer came") : CancellationError()
    }

    /// Why one try came to nothing.
    private struct Failure: Error {
        var error: ShopError
        var mayRepeat: Bool
        /// What the service asks for.
        var wait: Duration?

        /// What the last try is told says nothing of an earlier one whose answer was lost.
        func error(isLost: Bool) -> ShopError {
            switch error {
            case .unreachable(let reason) where isLost: .unknown(reason)
            case .refused(let refusal) where isLost && error.isPassing && !error.leavesOpen:
                .unknown(
                    "whether an earlier try was done is not known; the last was answered \(refusal.title) (\(refusal.status))"
                )
            default: error
            }
        }
    }

    private func attempt(_ request: ShopRequest, until end: ContinuousClock.Instant) async -> Result<[UInt8], Failure> {
        let answer: HTTPClientResponse
        do throws(HTTPClientError) {
            answer = try await http.send(message(request), deadline: min(end, .now + patience.attempt))
        } catch {
            let isLost = error.outcome == .unknown
            // Who only looks has changed nothing.
            return .failure(
                Failure(
                    error: isLost && request.changes ? .unknown(error.message) : .unreachable(error.message),
                    mayRepeat: isLost && request.isRepeatable))
        }
        if (200..<300).contains(answer.status) { return .success(answer.body) }
        let seconds = answer.header("retry-after").flatMap { Int64($0) }
        return .failure(
            Failure(
                error: .refused(refusal(answer, to: request)),
                // Who asks too often was not listened to. The other ones may have been, by one of those on the way.
                mayRepeat: answer.status == 429 || request.isRepeatable && (502...504).contains(answer.status),
                wait: seconds.flatMap { (0...3_600).contains($0) ? .seconds($0) : nil }))
    }

    private func message(_ request: ShopRequest) -> HTTPClientRequest {
        var headers = [(name: "Accept", value: "application/json")]
        if request.body != nil { headers.append(("Content-Type", "application/json")) }
        if let key = request.idempotencyKey { headers.append(("Idempotency-Key", key)) }
        if let accessKey { headers.append(("Authorization", "Bearer \(accessKey)")) }
        return HTTPClientRequest(
            method: request.method, url: addresses[request.service] + request.path, headers: headers,
            body: request.body)
    }

    private func refusal(_ answer: HTTPClientResponse, to request: ShopRequest) -> Refusal {
        var refusal = Refusal(answer)
        refusal.advice =
            switch (refusal.status, refusal.kind) {
            case (401, _), (403, "insufficient-scope"):
                "name a file with a key that may do this: --key-file FILE (ORDERLOG_KEY_FILE)"
            case (404, nil) where addresses.isOne:
                "\(addresses[request.service]) may be one service alone: name all three, --url ORDER,INVENTORY,NOTIFICATION"
            case (_, let kind?): advice(kind)
            case (_, nil): request.changes && refusal.leavesOpen ? ShopError.mayBeDone : nil
            }
        return refusal
    }
}
