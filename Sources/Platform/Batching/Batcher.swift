import Deadlines
import Synchronization

/// Gathers concurrent requests into batches. There is no timer: while a batch is in flight, arriving requests gather
/// into the next one, so a lone request never waits and under load one batch serves many.
package final class Batcher<Request: Sendable, Outcome: Sendable>: Sendable {
    package let name: String
    private let limits: BatcherLimits
    private let weight: @Sendable (Request) -> Int
    private let process: @Sendable ([Request]) async -> [Outcome]
    private let queue: Mutex<BatchQueue<Request, Outcome>>

    package typealias Limits = BatcherLimits

    /// - Parameters:
    ///   - name: Names the batcher where a programmer's error is reported.
    ///   - weight: What a request counts against `maximumWeight`, 0 or more. Called under a lock: it must be quick.
    ///   - process: Answers one outcome for each request, in their order, and runs on Swift's global pool.
    package init(
        _ name: String, limits: Limits = Limits(), weight: @escaping @Sendable (Request) -> Int = { _ in 1 },
        process: @escaping @Sendable ([Request]) async -> [Outcome]
    ) {
        self.name = name
        self.limits = limits
        self.weight = weight
        self.process = process
        queue = Mutex(BatchQueue(limits: limits))
    }

    /// The outcome of this request. Throws at once when `maximumWaiting` are waiting or after `close`, and at the request's
    /// deadline (`RequestDeadline`) when the outcome is not there. What has been accepted is processed, whether or not the
    /// calling task is cancelled in the meantime, unless its deadline came before its batch.
    nonisolated(nonsending) package func submit(_ request: Request) async throws(BatcherFull) -> Outcome {
        let weight = max(0, weight(request))
        let result = await PendingAnswer<Result<Outcome, BatcherFull>>.wait(
            until: RequestDeadline.current, late: { .failure(.late($0)) }
        ) { answer in
            let admission = queue.withLock { $0.admit(.init(request: request, weight: weight, answer: answer)) }
            switch admission {
            case .refused(let reason): answer.give(.failure(reason))
            case .queued: break
            case .queuedAndStart: start()
            }
        }
        return try result.get()
    }

    /// How many requests are accepted and in no batch yet.
    package var waiting: Int { queue.withLock { $0.waiting.count } }

    /// Refuses what comes from now on, and returns when everything that was accepted is finished. Idempotent.
    package func close() async {
        await withUnsafeContinuation { continuation in
            let isIdle = queue.withLock { $0.close(continuation) }
            if isIdle { continuation.resume() }
        }
    }

    /// Starts a worker. It takes its batch when it runs, not now, so that what arrives until then comes along.
    private func start() {
        Task.detached { [self] in
            while true {
                let (batch, startAnother) = queue.withLock { $0.take() }
                if startAnother { start() }
                await run(batch)
                let (isDone, closers) = queue.withLock { $0.finish() }
                for closer in closers { closer.resume() }
                if isDone { return }
            }
        }
    }

    private func run(_ taken: [BatchQueue<Request, Outcome>.Entry]) async {
        let batch = taken.filter { $0.answer.begin() }
        guard !batch.isEmpty else { return }
        let outcomes = await process(batch.map(\.request))
        precondition(
            outcomes.count == batch.count, "batcher \(name): \(outcomes.count) outcomes for \(batch.count) requests")
        for (entry, outcome) in zip(batch, outcomes) {
            entry.answer.give(.success(outcome))
        }
    }
}
