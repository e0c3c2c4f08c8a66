import CRdKafka
import Synchronization

/// What is behind a `KafkaProducer`: the batches on their way, and the thread that serves them.
final class ProducerCore: Sendable {
    struct State {
        /// nil while a client is being replaced, and after the end.
        var client: ProducerClient?
        /// All that have not been answered, by their number.
        var batches: [UInt64: ProducerBatch] = [:]
        /// Numbers of those that librdkafka doesn't have as a whole, oldest first.
        var waiting: [UInt64] = []
        var lastNumber: UInt64 = 0
        /// Records that librdkafka has and that still take room there.
        var outstanding = 0
        var hasFailed = false
        /// Set while the client gets nothing more, because it is to be made anew once it has reported all that it has, or by then.
        var renewBy: ContinuousClock.Instant?
        var closingBy: ContinuousClock.Instant?
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    let state: Mutex<State>
    let configuration: KafkaConfiguration
    let log: KafkaLogger
    private let messageTimeout: Duration
    private let certificatesVersion: Int?
    /// Longer than records take that fail for want of the broker, unless somebody set that higher.
    private static let renewWithin: Duration = .seconds(10)

    init(_ configuration: KafkaConfiguration, topics: [String], log: @escaping KafkaLogger) throws(KafkaError) {
        certificatesVersion = configuration.certificates?.version
        let native = try configuration.native(defaults: KafkaConfiguration.producer)
        guard native.value(of: "acks") != "0" else {
            throw KafkaError(.invalidArgument, "acks=0: nobody would say whether a record was appended; use acks=all")
        }
        let timeout = native.value(of: "message.timeout.ms").flatMap { Int64($0) } ?? 0
        messageTimeout = timeout == 0 ? .seconds(1 << 40) : .milliseconds(timeout)
        self.configuration = configuration
        self.log = log
        let client = try Self.makeClient(native, credentials: configuration.credentials, log: log)
        state = Mutex(State(client: client))
        warm(topics)
    }

    static func makeClient(
        _ native: consuming NativeConfiguration, credentials: KafkaCredentials?, log: @escaping KafkaLogger
    ) throws(KafkaError) -> ProducerClient {
        native.enableEvents(RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR)
        return try ProducerClient(try native.makeHandle(RD_KAFKA_PRODUCER, credentials: credentials, log: log))
    }

    /// Where that fails everything is given back.
    func start() throws(KafkaError) {
        do throws(KafkaError) {
            try KafkaThread.start("kafka-producer") { [self] in serve() }
        } catch {
            state.withLock { $0.client.take() }?.destroy()
            throw error
        }
        guard let certificates = configuration.certificates, let certificatesVersion else { return }
        certificates.add(self, madeOf: certificatesVersion) { [self] in renew() }
    }

    /// Puts a new client into the place of this one, once that has reported all that it has: no record passes another.
    private func renew() {
        state.withLock { state in
            if state.isClosed { return }
            state.renewBy = .now + Self.renewWithin
            state.client?.wake()
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func produce(_ records: [KafkaRecord]) async -> [ProducerBatch.Outcome] {
        precondition(records.count <= RecordTag.maximumIndex, "a batch has at most 16,777,215 records")
        if records.isEmpty { return [] }
        return await withCheckedContinuation { continuation in
            let deadline = ContinuousClock.now + messageTimeout
            var batch = ProducerBatch(records, deadline: deadline, continuation: continuation)
            let finished = state.withLock { state -> [ProducerBatch] in
                if state.closingBy != nil || state.isClosed {
                    batch.failWaiting(KafkaError(.closed))
                    return [batch]
                }
                state.add(batch)
                return state.handOver(now: nil)
            }
            for batch in finished { batch.resume() }
        }
    }

    var unsent: Int { state.withLock { $0.outstanding } }

    func warm(_ topics: [String]) {
        state.withLock { state in
            for name in topics { _ = try? state.client?.topic(name) }
        }
    }

    func close(within limit: Duration) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isClosed = state.withLock { state in
                if state.isClosed { return true }
                state.closers.append(continuation)
                let deadline = ContinuousClock.now + limit
                state.closingBy = state.closingBy.map { min($0, deadline) } ?? deadline
                state.client?.wake()
                return false
            }
            if isClosed { continuation.resume() }
        }
    }
}

extension ProducerCore.State {
    mutating func add(_ batch: ProducerBatch) {
        lastNumber += 1
        batches[lastNumber] = batch
        waiting.append(lastNumber)
    }

    /// Hands librdkafka what there is room for, oldest first. Fails what has waited too long by `now`, where that is
    /// told. Answers the batches that are complete: they are to be resumed outside the lock.
    mutating func handOver(now: ContinuousClock.Instant?) -> [ProducerBatch] {
        var finished: [ProducerBatch] = []
        var done = 0
        while done < waiting.count, let batch = handOver(waiting[done], now: now) {
            if batch.isComplete { finished.append(batch) } else { batches[waiting[done]] = batch }
            done += 1
        }
        waiting.removeFirst(done)
        return finished
    }

    /// The batch, out of the dictionary, once librdkafka has it as a whole; nil when it must wait.
    private mutating func handOver(_ number: UInt64, now: ContinuousClock.Instant?) -> ProducerBatch? {
        // Taken out meanwhile, for a value changed inside a dictionary is copied with its arrays.
        guard var batch = batches.removeValue(forKey: number) else { return nil }
        while !batch.isHandedOver {
            guard client != nil, !hasFailed, renewBy == nil else { break }
            do {
                try client?.produce(batch.records[batch.next], tag: RecordTag(batch: number, index: batch.next))
                outstanding += 1
            } catch let error where error.code == .queueFull && outstanding > 0 {
                break
            } catch let error where error.code == .fatal {
                hasFailed = true
                client?.wake()
                break
            } catch {
                // With nothing else in the queue, a record that doesn't fit never will.
                batch.finish(batch.next, .failure(error))
            }
            batch.next += 1
        }
        if !batch.isHandedOver, let now, batch.deadline < now {
            batch.failWaiting(KafkaError(.messageTimedOut, "no room in the queue of records"))
        }
        if batch.isHandedOver { return batch }
        batches[number] = batch
        return nil
    }
}
