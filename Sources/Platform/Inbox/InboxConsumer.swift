package import EventLog
import Pacing
import Synchronization
package import Telemetry

/// Consumes topics as a member of a group and hands the events to a service's handler, batch by batch.
///
/// An offset is acknowledged after the work is committed and the dead letters are on the log. A crash in between
/// redelivers, and the inbox makes that a no-op. A partition with a dead letter on its way waits for it, and no other does.
package final class InboxConsumer<Handler: EventHandler>: Sendable {
    /// Records a batch: one commit serves them all.
    private let batch = 500
    private let group: String
    private let topics: [String]
    private let log: any EventLog
    private let handler: Handler
    private let logger: Logger
    private let handled: Counter
    private let letters: WaitingLetters
    private let memory: any GroupMemory
    private let starts: GroupStarts
    private let reading: ReadRecords

    private enum Stage {
        case idle
        case running(Task<Void, Never>)
        case stopping
    }
    private let stage = Mutex(Stage.idle)

    package init(
        group: String, topics: [String], log: any EventLog, handler: Handler, memory: any GroupMemory,
        deadLetterTopic: @escaping @Sendable (_ topic: String) -> TopicDeclaration, metrics: Metrics, logger: Logger
    ) {
        self.group = group
        self.topics = topics
        self.log = log
        self.handler = handler
        self.memory = memory
        self.logger = logger
        handled = metrics.counter("orderlog_events_handled", "Events whose work is committed.", labels: ["group"])
        health = HealthReport(group)
        letters = WaitingLetters(
            DeadLetterWriter(
                log: log, group: group, topic: deadLetterTopic, logger: logger,
                deadLettered: metrics.counter(
                    "orderlog_events_dead_lettered", "Records that went to a dead-letter topic.", labels: ["group"])),
            health: health, metrics: metrics)
        starts = GroupStarts(
            group: group, log: log, memory: memory, health: health, metrics: metrics, logger: logger)
        reading = ReadRecords(group: group, memory: memory, logger: logger)
    }

    /// Which of the group's partitions stand still, and why.
    package let health: HealthReport

    package func start() {
        stage.withLock { $0 = .running(Task { await self.run() }) }
    }

    /// Ends after the batch in hand.
    package func stop() async {
        let task: Task<Void, Never>? = stage.withLock { stage in
            defer { stage = .stopping }
            if case .running(let task) = stage { return task }
            return nil
        }
        task?.cancel()
        await task?.value
    }

    private var isStopping: Bool {
        stage.withLock {
            if case .stopping = $0 { return true }
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
                guard await process(records, consumer) else { break }
            } catch {
                logger.warning("the log gives no events for now; trying again", ["error": error.message])
                try? await Task.sleep(for: backoff.next())
            }
        }
        await letters.drop()
        await reading.finish(for: consumer)
        await consumer.close()
    }

    private func join() async -> (any EventConsumer)? {
        var backoff = Backoff()
        while !isStopping {
            do {
                return try await log.consumer(group: group, topics: topics) { [letters, reading, starts] partitions in
                    await letters.drop()
                    reading.drop()
                    return await starts.starts(of: partitions)
                }
            } catch {
                logger.warning("the group could not be joined; trying again", ["error": error.message])
                try? await Task.sleep(for: backoff.next())
            }
        }
        return nil
    }

    /// false: stopped before the work was done; the records will come again.
    private func process(_ records: [StoredRecord], _ consumer: any EventConsumer) async -> Bool {
        let work = BatchWork(group: group, handler: handler, logger: logger, isStopping: { self.isStopping })
        let bookmarks = Bookmarks(group: group, behind: records)
        guard
            case .done(let count, let dead, let areRemembered) = await work.handle(
                records, bookmarks, isOld: starts.hides)
        else { return false }
        handled.add(count, group)
        if count == 0, dead.isEmpty {
            reading.put(records, for: consumer)
            return true
        }
        if !areRemembered, await !remember(bookmarks) { return false }
        guard !dead.isEmpty else {
            await consumer.acknowledge(records)
            return true
        }
        let dying = Dictionary(grouping: dead) { $0.record.position.logPartition }
        // Before anything more of them can come.
        await consumer.pause(Array(dying.keys))
        await consumer.acknowledge(
            records.filter { record in
                let first = dying[record.position.logPartition]?.map(\.record.position.offset).min()
                return first.map { record.position.offset < $0 } ?? true
            })
        for (partition, dead) in dying {
            let own = records.filter { $0.position.logPartition == partition }
            letters.put(dead, of: partition, behind: own, for: consumer)
        }
        return true
    }

    /// However long it takes; false: stopped before.
    private func remember(_ bookmarks: Bookmarks) async -> Bool {
        var backoff = Backoff()
        while !isStopping {
            do {
                try await memory.remember(bookmarks)
                return true
            } catch {
                logger.warning(
                    "how far the group has read can't be noted for now; trying again", ["error": "\(error)"])
                try? await Task.sleep(for: backoff.next())
            }
        }
        return false
    }
}
