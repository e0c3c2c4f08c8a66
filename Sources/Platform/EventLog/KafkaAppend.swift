import Kafka

/// Appends a batch to Kafka, and finds out of which records its refusals speak.
///
/// A broker takes or refuses the records of a request to a partition as one: a record that is too large fails with all that
/// travelled with it. So what was refused is sent again by halves, until a record is refused alone. An error of the
/// environment is not looked into: it ends the search, and what was not sent alone by then is not refused.
struct KafkaAppend {
    typealias Outcome = Result<KafkaPosition, KafkaError>
    typealias Produce = @Sendable ([KafkaRecord]) async -> [Outcome]

    /// A search is left off after this long, with what it has found; whoever waits meanwhile has waited enough.
    private static let searchFor: Duration = .seconds(2)

    let times: RecordTimes
    let produce: Produce
    /// For what may well be refused. An idempotent producer takes half a second to get over each refusal, and holds up all
    /// that is sent meanwhile.
    let probe: Produce

    /// The outcomes come in the order of the records. A failure whose `blame` is not the environment is about that very
    /// record.
    func run(_ records: [KafkaRecord]) async -> [Outcome] {
        var outcomes = await produce(records.map { times.fitted($0) })
        let suspects = refused(Array(records.indices), of: records, outcomes)
        if !suspects.isEmpty {
            _ = await search(suspects[...], of: records, &outcomes, until: .now + Self.searchFor)
        }
        return outcomes
    }

    /// Those of these records that were refused and may be sent again: not behind a later one of their partition, where they
    /// name one, or of their key.
    private func refused(_ indices: [Int], of records: [KafkaRecord], _ outcomes: [Outcome]) -> [Int] {
        guard indices.contains(where: { outcomes[$0].isRefusal }) else { return [] }
        var lastTaken: [Order: Int] = [:]
        for index in indices where (try? outcomes[index].get()) != nil {
            if let order = Order(records[index]) { lastTaken[order] = index }
        }
        return indices.filter { index in
            outcomes[index].isRefusal && (Order(records[index]).flatMap { lastTaken[$0] }.map { $0 < index } ?? true)
        }
    }

    /// Records that must keep their order.
    private struct Order: Hashable {
        var topic: String
        var partition: Int32?
        var key: [UInt8]?

        /// nil: whatever comes first.
        init?(_ record: KafkaRecord) {
            guard record.partition != nil || record.key != nil else { return nil }
            topic = record.topic
            partition = record.partition
            key = record.partition == nil ? record.key : nil
        }
    }

    /// `suspects` were refused together. False when the environment ended the search, or its time is over.
    private func search(
        _ suspects: ArraySlice<Int>, of records: [KafkaRecord], _ outcomes: inout [Outcome],
        until end: ContinuousClock.Instant
    ) async -> Bool {
        if suspects.count == 1, let index = suspects.first {
            if outcomes[index].isUntimely { outcomes[index] = await retimed(records[index], outcomes[index]) }
            return !outcomes[index].isTrouble
        }
        for index in suspects { outcomes[index] = .failure(.notSentAlone) }
        let middle = suspects.startIndex + suspects.count / 2
        // In their order, so that those of a partition keep it.
        for half in [suspects[..<middle], suspects[middle...]] {
            // The first half always has its turn, so that each search finds something.
            if half.startIndex == middle, ContinuousClock.now > end { return false }
            let results = await probe(half.map { times.fitted(records[$0]) })
            for (index, result) in zip(half, results) { outcomes[index] = result }
            let again = refused(Array(half), of: records, outcomes)
            if results.contains(where: { $0.isTrouble }) {
                for index in again where half.count > 1 { outcomes[index] = .failure(.notSentAlone) }
                return false
            }
            if !again.isEmpty, !(await search(again[...], of: records, &outcomes, until: end)) { return false }
        }
        return true
    }

    /// The same record with other timestamps, until the broker takes one.
    private func retimed(_ record: KafkaRecord, _ refusal: Outcome) async -> Outcome {
        for candidate in times.candidates() {
            var other = record
            other.timestamp = candidate.timestamp
            guard let outcome = await probe([other]).first else { break }
            if outcome.isUntimely { continue }
            if case .success = outcome { times.learn(from: record.timestamp, taken: candidate) }
            return outcome
        }
        return refusal
    }
}

extension KafkaAppend.Outcome {
    fileprivate var blame: KafkaError.Code.Blame? {
        if case .failure(let error) = self { error.code.blame } else { nil }
    }

    fileprivate var isRefusal: Bool { blame == .record || blame == .time }
    fileprivate var isUntimely: Bool { blame == .time }
    fileprivate var isTrouble: Bool { blame == .environment }
}
