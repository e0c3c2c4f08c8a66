/// A batch on its way: what of it librdkafka has, and what of that has come to an end.
///
/// Lives inside `ProducerCore`'s lock.
struct ProducerBatch {
    typealias Outcome = Result<KafkaPosition, KafkaError>

    let records: [KafkaRecord]
    /// When waiting for room ends.
    let deadline: ContinuousClock.Instant
    /// The first record that librdkafka doesn't have yet.
    var next = 0
    private var outcomes: [Outcome?]
    /// Where failed records were to go, by their index; those that are not here had no partition yet.
    private var partitions: [Int: Int32] = [:]
    private var missing: Int
    private let continuation: CheckedContinuation<[Outcome], Never>

    init(
        _ records: [KafkaRecord], deadline: ContinuousClock.Instant,
        continuation: CheckedContinuation<[Outcome], Never>
    ) {
        self.records = records
        self.deadline = deadline
        self.continuation = continuation
        outcomes = Array(repeating: nil, count: records.count)
        missing = records.count
    }

    var isHandedOver: Bool { next == records.count }
    var isComplete: Bool { missing == 0 }

    /// The first outcome of a record counts.
    mutating func finish(_ index: Int, _ outcome: Outcome) {
        guard outcomes[index] == nil else { return }
        outcomes[index] = outcome
        missing -= 1
    }

    /// `partition`: -1 where none was chosen.
    mutating func fail(_ index: Int, partition: Int32, _ error: KafkaError) {
        var error = error
        if partition >= 0 {
            partitions[index] = partition
            error.partition = partition
        }
        finish(index, .failure(error))
    }

    mutating func succeed(_ index: Int, partition: Int32, offset: Int64) {
        finish(index, .success(KafkaPosition(topic: records[index].topic, partition: partition, offset: offset)))
    }

    /// Fails what librdkafka has and has not reported.
    mutating func failUnfinished(_ error: KafkaError) {
        for index in 0..<next { finish(index, .failure(error)) }
    }

    /// Fails what librdkafka doesn't have.
    mutating func failWaiting(_ error: KafkaError) {
        for index in next..<records.count { finish(index, .failure(error)) }
        next = records.count
    }

    /// To be called once, outside the lock, when the batch is complete.
    func resume() {
        continuation.resume(returning: acknowledged)
    }

    /// Of each partition only the unbroken beginning: what stands behind a record of which nobody knows whether it is on
    /// the log is not taken for appended. A record that the broker refuses for itself breaks nothing.
    private var acknowledged: [Outcome] {
        var results = outcomes.compactMap { $0 }
        // A record without a partition breaks all of its topic.
        var broken: Set<KafkaPartition> = []
        for index in results.indices {
            let topic = records[index].topic
            switch results[index] {
            case .failure(let error):
                guard error.code.blame == .environment else { continue }
                let partition = partitions[index] ?? records[index].partition ?? -1
                broken.insert(KafkaPartition(topic: topic, partition: partition))
            case .success(let position):
                guard !broken.isEmpty else { continue }
                if broken.contains(KafkaPartition(topic: topic, partition: position.partition))
                    || broken.contains(KafkaPartition(topic: topic, partition: -1))
                {
                    var failure = KafkaError.behindFailure
                    failure.partition = position.partition
                    results[index] = .failure(failure)
                }
            }
        }
        return results
    }
}

/// What a record carries through librdkafka and its delivery report brings back: the batch's number and the record's
/// place in it, in one pointer-sized word. (40 and 24 bits: numbers come round after 10^12 batches.)
struct RecordTag {
    static let maximumIndex = 0xFF_FFFF
    let batch: UInt64
    let index: Int

    init(batch: UInt64, index: Int) {
        self.batch = batch
        self.index = index
    }

    init?(_ opaque: UnsafeMutableRawPointer?) {
        guard let opaque else { return nil }
        let word = UInt64(UInt(bitPattern: opaque))
        self.init(batch: word >> 24, index: Int(word & 0xFF_FFFF))
    }

    var opaque: UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: UInt(batch << 24 | UInt64(index)))
    }
}
