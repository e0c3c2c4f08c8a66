import Deadlines
import EventLoops
import SharedWork
import Synchronization

/// Gathers concurrent requests into batches. There is no timer: while a batch is in flight, arriving requests gather
/// into the next one, so a lone request never waits and under load one batch serves many.
package final class Batcher<Request: Sendable, Outcome: Sendable>: Sendable {
    /// Names it where a programmer's error is reported.
    package let name: String
    private let limits: BatcherLimits
    private let weight: @Sendable (Request) -> Int
    private let isFollowed: Bool
    private let hasFailed: @Sendable (Outcome) -> Bool
    private let process: @Sendable ([Request]) async -> [Outcome]
    private let queue: Mutex<BatchQueue<Request, Outcome>>

    package typealias Limits = BatcherLimits

    /// - Parameters:
    ///   - name: Names the batcher where a programmer's error is reported.
    ///   - isFollowed: Whether those who follow requests hear of the batches (`SharedWork`).
    ///   - hasFailed: Whether an outcome says that the work failed, for those who follow requests.
    ///   - weight: What a request counts against `maximumWeight`, 0 or more. Called under a lock: it must be quick.
    ///   - process: Answers one outcome for each request, in their order. It runs on the event loop of the request that
    ///     began the batch, so it must not block; on Swift's global pool where that request is on none.
    package init(
        _ name: String, limits: Limits = Limits(), isFollowed: Bool = false,
        hasFailed: @escaping @Sendable (Outcome) -> Bool = { _ in false },
        weight: @escaping @Sendable (Request) -> Int = { _ in 1 },
        process: @escaping @Sendable ([Request]) async -> [Outcome]
    ) {
        self.name = name
        self.limits = limits
        self.weight = weight
        self.isFollowed = isFollowed
        self.hasFailed = hasFailed
        self.process = process
        queue = Mutex(BatchQueue(limits: limits))
    }

    /// The outcome of this request. Throws at once when `maximumWaiting` are waiting or after `close`, and at the request's
    /// deadline (`RequestDeadline`) when the outcome is not there. What has been accepted is processed, whether or not the
    /// calling task is cancelled in the meantime, unless its deadline came before its batch.
    nonisolated(nonsending) package func submit(_ request: Request) async throws(BatcherFull) -> Outcome {
        let weight = max(0, weight(request))
        let part = isFollowed ? SharedWork.Part.ofThisRequest() : nil
        let result = await PendingAnswer<Result<Outcome, BatcherFull>>.wait(
            until: RequestDeadline.current, late: { .failure(.late($0)) }
        ) { answer in
            let admission = queue.withLock {
                $0.admit(.init(request: request, weight: weight, part: part, answer: answer))
            }
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
        Task.detached(executorPreference: EventLoop.current) { [self] in
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

    private func parts(
        _ batch: [BatchQueue<Request, Outcome>.Entry], _ outcomes: [Outcome]
    ) -> [SharedWork.Part] {
        zip(batch, outcomes).compactMap { entry, outcome in
            guard var part = entry.part else { return nil }
            part.hasFailed = hasFailed(outcome)
            return part
        }
    }

    private func run(_ taken: [BatchQueue<Request, Outcome>.Entry]) async {
        let batch = taken.filter { $0.answer.begin() }
        guard !batch.isEmpty else { return }
        let began = batch.contains { $0.part != nil } ? SharedWork.now() : nil
        let outcomes = await process(batch.map { $0.request })
        precondition(
            outcomes.count == batch.count, "batcher \(name): \(outcomes.count) outcomes for \(batch.count) requests")
        if let began { SharedWork.end(parts(batch, outcomes), of: batch.count, since: began) }
        for (entry, outcome) in zip(batch, outcomes) {
            entry.answer.give(.success(outcome))
        }
    }
}
