package import EventLog
import Pacing
import Synchronization
package import Telemetry

/// Consumes topics as a member of a group and hands the events to a service's handler, batch by batch.
///
/// An offset is acknowledged after the work is committed and the dead letters are on the log. A crash in between
/// redelivers, and the inbox makes that a no-op.
package final class InboxConsumer<Handler: EventHandler>: Sendable {
    /// Records a batch: one commit serves them all.
    private let batch = 500
    private let group: String
    private let topics: [String]
    private let log: any EventLog
    private let handler: Handler
    private let deadLetterTopic: @Sendable (_ topic: String) -> String
    private let logger: Logger
    private let handled: Counter
    private let deadLettered: Counter

    private enum Stage {
        case idle
        case running(Task<Void, Never>)
        case stopping
    }
    private struct State {
        var stage = Stage.idle
        var consumer: (any EventConsumer)?
    }
    private let state = Mutex(State())

    package init(
        group: String, topics: [String], log: any EventLog, handler: Handler,
        deadLetterTopic: @escaping @Sendable (_ topic: String) -> String, metrics: Metrics, logger: Logger
    ) {
        self.group = group
        self.topics = topics
        self.log = log
        self.handler = handler
        self.deadLetterTopic = deadLetterTopic
        self.logger = logger
        handled = metrics.counter("orderlog_events_handled", "Events whose work is committed.", labels: ["group"])
        deadLettered = metrics.counter(
            "orderlog_events_dead_lettered", "Records that went to a dead-letter topic.", labels: ["group"])
    }

    package func start() {
        state.withLock { $0.stage = .running(Task { await self.run() }) }
    }

    /// Ends after the batch in hand.
    package func stop() async {
        let (task, consumer) = state.withLock { state in
            defer { state.stage = .stopping }
            if case .running(let task) = state.stage { return (task as Task?, state.consumer) }
            return (nil, nil)
        }
        task?.cancel()
        await consumer?.close()
        await task?.value
    }

    private var isStopping: Bool {
        state.withLock {
            if case .stopping = $0.stage { return true }
            return false
        }
    }

    private func run() async {
        guard let consumer = await join() else { return }
        var backoff = Backoff()
        while !isStopping {
            do {
                guard let records = try await consumer.next(limit: batch) else { break }
                backoff.reset()
                guard await process(records) else { break }
                await consumer.acknowledge(records)
            } catch {
                logger.warning("the log gives no events for now; trying again", ["error": error.message])
                try? await Task.sleep(for: backoff.next())
            }
        }
        await consumer.close()
    }

    private func join() async -> (any EventConsumer)? {
        var backoff = Backoff()
        while !isStopping {
            do {
                let consumer = try await log.consumer(group: group, topics: topics)
                let late = state.withLock { state in
                    state.consumer = consumer
                    if case .stopping = state.stage { return true }
                    return false
                }
                if !late { return consumer }
                await consumer.close()
            } catch {
                logger.warning("the group could not be joined; trying again", ["error": error.message])
                try? await Task.sleep(for: backoff.next())
            }
        }
        return nil
    }

    /// false: stopped before the work was done; the records will come again.
    private func process(_ records: [StoredRecord]) async -> Bool {
        let work = BatchWork(group: group, handler: handler, logger: logger, isStopping: { self.isStopping })
        guard case .done(let count, let dead) = await work.handle(records), await put(dead) else { return false }
        handled.add(count, group)
        return true
    }

    /// Puts dead letters on the log, however long that takes; false when stopped before.
    private func put(_ dead: [DeadLetter]) async -> Bool {
        var waiting = dead
        var backoff = Backoff()
        while !waiting.isEmpty {
            let results = await log.append(
                waiting.map { $0.logRecord(topic: deadLetterTopic($0.record.position.topic), group: group) })
            var again: [DeadLetter] = []
            for (letter, result) in zip(waiting, results) {
                let position = letter.record.position
                switch result {
                case .success:
                    deadLettered.add(1, group)
                    logger.error(
                        "a record could not be handled and went to the dead-letter topic",
                        [
                            "record": "\(position.topic)/\(position.partition)@\(position.offset)",
                            "error": letter.error, "attempts": "\(letter.attempts)",
                        ])
                case .failure(let error):
                    logger.warning("a dead letter could not be written; trying again", ["error": error.message])
                    again.append(letter)
                }
            }
            waiting = again
            if waiting.isEmpty { return true }
            if isStopping { return false }
            try? await Task.sleep(for: backoff.next())
        }
        return true
    }
}
