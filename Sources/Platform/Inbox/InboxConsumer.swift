package import EventLog
package import Pacing
import Synchronization
package import Telemetry
package import Tracing

/// Consumes topics as a member of a group and hands the events to a service's handler, batch by batch.
///
/// An offset is acknowledged after the work is committed, for good, and the dead letters are on the log. A crash in between
/// redelivers, and the inbox makes that a no-op. A partition with a dead letter on its way waits for it, and no other does.
package final class InboxConsumer<Handler: EventHandler>: Sendable {
    /// Records a batch: one commit serves them all.
    private let batch = 500
    private let group: String
    private let topics: [String]
    private let log: any EventLog
    private let handler: Handler
    private let tracer: Tracer
    private let logger: Logger
    private let figures: ConsumerFigures
    private let skipped: SkippedEvents
    private let letters: WaitingLetters
    private let clock: any ServiceClock
    private let starts: GroupStarts
    private let troubles: HandlingTroubles
    private let reading: ReadRecords

    private let stopping = Atomic(false)
    private let task = BackgroundTask()

    /// `partitions`: how many each topic is declared with. Of others it is never said that something did not happen.
    package init(
        group: String, topics: [String], partitions: [String: Int] = [:], log: any EventLog, handler: Handler,
        memory: any GroupMemory, clock: any ServiceClock = SystemClock(),
        deadLetterTopic: @escaping @Sendable (_ topic: String) -> TopicDeclaration, tracer: Tracer = .off,
        metrics: Metrics, logger: Logger
    ) {
        self.group = group
        self.topics = topics
        self.log = log
        self.handler = handler
        self.clock = clock
        self.tracer = tracer
        self.logger = logger
        figures = ConsumerFigures(metrics, group: group)
        troubles = HandlingTroubles(logger)
        skipped = SkippedEvents(group: group, metrics: metrics, logger: logger)
        health = HealthReport(group)
        letters = WaitingLetters(
            DeadLetterWriter(
                log: log, group: group, topic: deadLetterTopic, logger: logger, troubles: troubles,
                deadLettered: metrics.counter(
                    "orderlog_events_dead_lettered", "Records that went to a dead-letter topic.", labels: ["group"]
                ).series(group)),
            health: health, clock: clock, metrics: metrics)
        starts = GroupStarts(
            group: group, log: log, memory: memory, declared: partitions, health: health, metrics: metrics,
            logger: logger)
        reading = ReadRecords(group: group, memory: memory, logger: logger)
    }

    /// How far this machine's clock is from that of who wrote the last records, in seconds, where these came from the future; else 0.
    package var clockOffset: Double { figures.clockOffset }

    /// Which of the group's partitions stand still, and why.
    package let health: HealthReport

    package func start() {
        task.start(on: "consumer") { await self.run() }
    }

    /// Ends after the batch in hand.
    package func stop() async {
        stopping.store(true, ordering: .relaxed)
        await task.stop()
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    private func run() async {
        guard let consumer = await join() else { return }
        let outage = Outage(logger, gone: "the log gives no events for now", back: "the log gives events again")
        var backoff = Backoff()
        while !isStopping {
            do {
                guard let records = try await consumer.next(limit: batch) else { break }
                backoff.reset()
                outage.works()
                guard await process(records, consumer) else { break }
            } catch {
                guard error.kind != .refused else {
                    await endReading(error.message)
                    break
                }
                outage.failed(error.message)
                try? await clock.sleep(for: backoff.next())
            }
        }
        await letters.drop()
        await reading.finish(for: consumer)
        await consumer.close()
    }

    /// The log lets this member read no more, until somebody does something about it. Others read meanwhile.
    private func endReading(_ reason: String) async {
        logger.error("the log gives this replica no more events", ["error": reason])
        health.complain("this replica reads nothing: \(reason)")
        while !isStopping, (try? await clock.sleep(for: .seconds(60))) != nil {}
    }

    private func join() async -> (any EventConsumer)? {
        let outage = Outage(logger, gone: "the group can't be joined for now", back: "the group is joined")
        var backoff = Backoff()
        while !isStopping {
            do {
                let consumer = try await log.consumer(group: group, topics: topics) {
                    [letters, reading, starts] partitions in
                    // Another question has come since: what is on its way by now is of its partitions.
                    if Task.isCancelled { return nil }
                    await letters.drop()
                    reading.drop()
                    return partitions.isEmpty ? [] : await starts.starts(of: partitions)
                }
                outage.works()
                return consumer
            } catch {
                outage.failed(error.message)
                try? await clock.sleep(for: backoff.next())
            }
        }
        return nil
    }

    /// false: stopped before the work was done; the records will come again.
    private func process(_ records: [StoredRecord], _ consumer: any EventConsumer) async -> Bool {
        let work = BatchWork(
            group: group, handler: handler, clock: clock, troubles: troubles, isStopping: { self.isStopping })
        figures.note(records, at: clock.time)
        let spans = tracer.consuming(records, group: group)
        guard
            case .done(let count, let repeats, let dead, let foreign, let areRemembered) = await work.handle(
                records, Bookmarks(group: group, behind: records), knowing: starts.knowledge)
        else {
            spans?.end(failure: "the service stops")
            return false
        }
        tracer.end(spans, records, dead)
        figures.note(handled: count, repeats: repeats)
        skipped.note(foreign)
        guard !dead.isEmpty else {
            reading.put(records, areRemembered: areRemembered, for: consumer)
            return true
        }
        let bookmarks = areRemembered ? nil : Bookmarks(group: group, behind: records)
        guard await reading.secure(bookmarks, by: clock, isStopping: { self.isStopping }) else { return false }
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
}
