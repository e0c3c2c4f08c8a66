internal import Gzip
internal import HTTPClient
internal import Pacing
package import Telemetry

/// Sends what waits in the queue to a receiver of OTLP, in batches, beside everything else. A receiver that is away costs the spans that
/// find no room meanwhile, and a line when it goes and one when it is back.
package final class SpanSender: Sendable {
    private let queue: SpanQueue
    private let settings: TracingSettings
    private let resource: TraceResource
    private let client: HTTPClient
    private let logger: Logger
    private let task = BackgroundTask()

    package init(_ queue: SpanQueue, _ settings: TracingSettings, _ resource: TraceResource, logger: Logger) {
        self.queue = queue
        self.settings = settings
        self.resource = resource
        self.logger = logger
        // What a receiver answers is a few bytes.
        client = HTTPClient(maximumResponse: 64 << 10, connectionsPerHost: 1) { logger.debug($0) }
    }

    package func start() { task.start { await self.run() } }

    /// Tries once more to send what waits, for a second at most, and ends.
    package func stop() async {
        await task.stop(waking: queue.full)
        let deadline = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < deadline, case let entries = queue.take(), !entries.isEmpty {
            guard case .taken = await send(entries, by: deadline) else { break }
        }
        await client.close()
    }

    private enum Outcome {
        case taken
        /// The receiver will never take them.
        case refused(String)
        /// Later, perhaps.
        case away(String)
    }

    private func run() async {
        var since: ContinuousClock.Instant?
        while !Task.isCancelled {
            await queue.full.wait(atMost: settings.delay)
            while !Task.isCancelled, case let entries = queue.take(), !entries.isEmpty {
                switch await deliver(entries) {
                case .taken:
                    guard let gone = since else { continue }
                    since = nil
                    logger.notice(
                        "the receiver of traces is back", ["away_seconds": (ContinuousClock.now - gone).secondsText])
                case .refused(let reason):
                    queue.drop(entries.count)
                    if since == nil { logger.warning("the receiver of traces refuses them", ["error": reason]) }
                    since = since ?? .now
                case .away(let reason):
                    queue.drop(entries.count)
                    if since == nil { logger.warning("the receiver of traces is away", ["error": reason]) }
                    since = since ?? .now
                }
            }
        }
    }

    /// With further tries, for as long as a batch may take.
    private func deliver(_ entries: [SpanQueue.Entry]) async -> Outcome {
        let deadline = ContinuousClock.now + settings.patience
        var backoff = Backoff(atMost: 5)
        while true {
            let outcome = await send(entries, by: deadline)
            guard case .away = outcome, !Task.isCancelled else { return outcome }
            let pause = backoff.next()
            guard ContinuousClock.now + pause < deadline, (try? await Task.sleep(for: pause)) != nil else {
                return outcome
            }
        }
    }

    private func send(_ entries: [SpanQueue.Entry], by deadline: ContinuousClock.Instant) async -> Outcome {
        var body = OTLPTraces.request(entries, resource)
        var headers = settings.headers + [("content-type", "application/x-protobuf")]
        if settings.isCompressed, let compressed = Gzip.compressed(body) {
            body = compressed
            headers.append(("content-encoding", "gzip"))
        }
        let request = HTTPClientRequest(method: "POST", url: settings.url, headers: headers, body: body)
        do {
            let response = try await client.send(request, deadline: min(deadline, .now + settings.timeout))
            return switch response.status {
            case 200..<300: .taken
            case 429, 502, 503, 504: .away("it answers \(response.status)")
            default: .refused("it answers \(response.status)")
            }
        } catch {
            return .away(error.message)
        }
    }
}
