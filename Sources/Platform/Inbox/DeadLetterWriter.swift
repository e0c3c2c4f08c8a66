import EventLog
import Telemetry

/// Puts dead letters on their topics. Each fits, whatever the log takes: what it refuses is cut, to the half each time.
struct DeadLetterWriter: Sendable {
    /// Bytes. What is cut first, and what is never cut to less: a log that does not take this takes nothing.
    private static let (largest, smallest) = (4 << 20, 2_048)

    let log: any EventLog
    let group: String
    let topic: @Sendable (_ topic: String) -> TopicDeclaration
    let logger: Logger
    let troubles: HandlingTroubles
    let deadLettered: Counter.Series

    /// Those that could not be written, in their order, and why not.
    struct Failure {
        var letters: [DeadLetter]
        var error: EventLogError
    }

    /// One try for each. nil: all are on the log.
    func write(_ letters: [DeadLetter]) async -> Failure? {
        let topics = Dictionary(
            letters.map { ($0.record.position.topic, topic($0.record.position.topic)) },
            uniquingKeysWith: { first, _ in first })
        func record(_ letter: DeadLetter) -> LogRecord {
            letter.logRecord(topic: topics[letter.record.position.topic]?.name ?? "", group: group)
        }
        var failure: Failure?
        for (letter, result) in zip(letters, await log.append(letters.map(record))) {
            var result = result
            if case .failure(let error) = result, error.kind == .refused {
                result = await writeCut(letter, record(letter))
            }
            switch result {
            case .success: note(letter)
            case .failure(let error): failure = Failure(letters: (failure?.letters ?? []) + [letter], error: error)
            }
        }
        if let failure, failure.error.kind == .unknownTopic {
            await create(Set(topics.values))
        } else if failure == nil {
            troubles.topic.works()
        }
        return failure
    }

    /// By itself as it is, for a batch can be refused where each of its records is not; then cut, until it is taken.
    private func writeCut(_ letter: DeadLetter, _ whole: LogRecord) async -> Result<LogPosition, EventLogError> {
        var record = whole
        var limit = Self.largest
        while true {
            let result = await log.append([record])[0]
            guard case .failure(let error) = result, error.kind == .refused, limit >= Self.smallest else {
                return result
            }
            while limit >= whole.size { limit /= 2 }
            record = letter.logRecord(topic: whole.topic, group: group, limit: max(limit, Self.smallest))
            limit /= 2
        }
    }

    private func note(_ letter: DeadLetter) {
        deadLettered.add()
        troubles.dead.happened(
            error: letter.error, ("record", letter.record.position.text), ("attempts", "\(letter.attempts)"))
    }

    private func create(_ topics: Set<TopicDeclaration>) async {
        let names = topics.map(\.name).sorted().joined(separator: ", ")
        do throws(EventLogError) {
            try await log.create(Array(topics))
            troubles.topic.failed("it was not there", ("topic", names))
        } catch {
            troubles.topic.failed("it can't be created: \(error.message)", ("topic", names))
        }
    }
}
