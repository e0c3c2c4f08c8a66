import CRdKafka
import Dispatch
import Synchronization

/// What is behind a `KafkaConsumer`: its state, and the thread that serves librdkafka's queue.
///
/// `@unchecked Sendable`: `client` is changed by the thread alone, under the lock; others look at it under the lock, and not while
/// `State.hasEnded` is set. Everything else is a constant.
final class ConsumerCore: @unchecked Sendable {
    let state: Mutex<ConsumerState>
    private(set) var client: ConsumerClient
    let recipe: ConsumerClient.Recipe
    let revokeWait: Duration
    let starts: KafkaStarts?
    let wakeUp = DispatchSemaphore(value: 0)
    private let certificatesVersion: Int?

    var handle: KafkaHandle { client.handle }
    var queue: OpaquePointer { client.queue }

    init(
        _ configuration: KafkaConfiguration, group: String, topics: [String], prefetch: Int, revokeWait: Duration,
        starts: KafkaStarts?, log: @escaping KafkaLogger
    ) throws(KafkaError) {
        precondition(prefetch > 0, "a consumer prefetches at least one record")
        certificatesVersion = configuration.certificates?.version
        recipe = ConsumerClient.Recipe(
            configuration: configuration, group: group, topics: topics, isTold: starts != nil, log: log)
        client = try ConsumerClient(recipe)
        self.revokeWait = revokeWait
        self.starts = starts
        state = Mutex(ConsumerState(prefetch: prefetch))
    }

    /// Where that fails everything is given back.
    func start() throws(KafkaError) {
        do throws(KafkaError) {
            try KafkaThread.start("kafka-consumer") { [self] in serve() }
        } catch {
            client.destroy(hasLeft: false)
            throw error
        }
        guard let certificates = recipe.configuration.certificates, let certificatesVersion else { return }
        certificates.add(self, madeOf: certificatesVersion) { [self] in renew() }
    }

    /// Leaves the group, and joins it again with a new client.
    private func renew() {
        change { state in
            state.mustRenew = true
            if !state.hasEnded { rd_kafka_queue_yield(queue) }
            return []
        }
    }

    /// By the thread, which has given back the former one.
    func use(_ client: ConsumerClient) {
        state.withLock { state in
            self.client = client
            state.hasEnded = false
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var assignment: Set<KafkaPartition> { state.withLock { Set($0.progress.keys) } }

    func next(limit: Int) async throws(KafkaError) -> [KafkaMessage]? {
        precondition(limit > 0, "a batch has at least one record")
        let id = state.withLock { $0.makeWaiter() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: ConsumerState.Waiter) in
                change { state in
                    // Whoever cancels from here on finds the waiter.
                    if Task.isCancelled { return [ConsumerState.Answer(continuation, .success(nil))] }
                    return state.wait(id, limit: limit, continuation)
                }
            }
        } onCancel: {
            change { $0.cancel(id) }
        }
        return try result.get()
    }

    func store(_ offsets: [KafkaPosition]) {
        change { state in
            let news = state.store(offsets)
            if !news.isEmpty, !state.hasEnded {
                // A partition that moved to another member in this moment answers ERR__STATE: that is no error here.
                PartitionList(news).withPointer { rd_kafka_offsets_store(handle.pointer, $0) }
            }
            return []
        }
    }

    func command(_ command: ConsumerState.Command) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            var isTooLate = false
            change { state in
                isTooLate = state.isClosing
                if isTooLate { return [] }
                state.commands.append((command, continuation))
                if !state.hasEnded { rd_kafka_queue_yield(queue) }
                return []
            }
            if isTooLate { continuation.resume() }
        }
    }

    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            var isClosed = false
            change { state in
                isClosed = state.isClosed
                if isClosed { return [] }
                state.closers.append(continuation)
                if !state.hasEnded { rd_kafka_queue_yield(queue) }
                return state.beginClosing()
            }
            if isClosed { continuation.resume() }
        }
    }

    /// Changes the state, delivers the answers that come of it, and lets the thread know when it waits for that.
    func change(_ body: (inout ConsumerState) -> [ConsumerState.Answer]) {
        let (answers, threadSlept) = state.withLock { state in
            let answers = body(&state)
            if state.isStalled, state.room > 0, !state.hasEnded { rd_kafka_queue_yield(queue) }
            defer { state.threadSleeps = false }
            return (answers, state.threadSleeps)
        }
        if threadSlept { wakeUp.signal() }
        for answer in answers { answer.deliver() }
    }

    /// Blocks the consumer's thread while `condition` holds, until `deadline` at most.
    func sleep(until deadline: ContinuousClock.Instant, while condition: (borrowing ConsumerState) -> Bool) {
        while ContinuousClock.now < deadline {
            let mustSleep = state.withLock { state in
                state.threadSleeps = condition(state)
                return state.threadSleeps
            }
            if !mustSleep { return }
            let seconds = (deadline - ContinuousClock.now) / .seconds(1)
            if wakeUp.wait(timeout: .now() + max(0, seconds)) == .timedOut {
                let wasSignalled = state.withLock { state in
                    defer { state.threadSleeps = false }
                    return !state.threadSleeps
                }
                // The signal that came in this moment must not end the next sleep.
                if wasSignalled { wakeUp.wait() }
            }
        }
    }
}
