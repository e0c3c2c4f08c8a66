import CRdKafka
import Synchronization

/// The producer's thread: takes delivery reports, resumes batches, replaces a client that failed, and ends it all.
extension ProducerCore {
    func serve() {
        while true {
            let (client, hasFailed, closingBy, isIdle, renewBy, hasReported) = state.withLock {
                ($0.client, $0.hasFailed, $0.closingBy, $0.batches.isEmpty, $0.renewBy, $0.outstanding == 0)
            }
            guard let client else { break }
            if let closingBy, isIdle || closingBy < .now { return end(client) }
            if hasFailed {
                if !replace(client) { return end(nil) }
            } else if let renewBy, hasReported || renewBy < .now {
                renew()
            } else {
                takeEvent(of: client, timeout: closingBy == nil && renewBy == nil ? 500 : 20)
            }
        }
    }

    /// Waits for an event for `timeout` milliseconds and sees to it.
    private func takeEvent(of client: ProducerClient, timeout: Int32) {
        var reports: [Report] = []
        if let event = rd_kafka_queue_poll(client.queue, timeout) {
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_DR:
                reports.reserveCapacity(rd_kafka_event_message_count(event))
                while let message = rd_kafka_event_message_next(event) { reports.append(Report(message.pointee)) }
            case RD_KAFKA_EVENT_ERROR:
                note(event, of: client)
            default:
                break
            }
            // Only this frees the reports' room in the queue.
            rd_kafka_event_destroy(event)
        }
        let finished = state.withLock { $0.conclude(reports, now: .now) }
        for batch in finished { batch.resume() }
    }

    private func note(_ event: OpaquePointer, of client: ProducerClient) {
        let code = KafkaError.Code(rd_kafka_event_error(event))
        let message = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
        if code == .fatal || client.handle.fatalError != nil {
            state.withLock { $0.hasFailed = true }
        } else {
            log(KafkaLogLine(level: .warning, facility: "PRODUCER", message: message))
        }
    }

    /// Puts a new client into the place of one that failed for good, once that one has reported what it still knows.
    /// False when it was closed before that succeeded.
    private func replace(_ client: ProducerClient) -> Bool {
        let error = client.handle.fatalError ?? KafkaError(.fatal)
        log(KafkaLogLine(level: .error, facility: "FATAL", message: "the producer is replaced: \(error)"))
        state.withLock { $0.client = nil }
        abandon(client, error)
        while true {
            do {
                use(try fresh())
                return true
            } catch {
                log(KafkaLogLine(level: .error, facility: "FATAL", message: "no new producer: \(error)"))
                if state.withLock({ $0.closingBy.map { $0 < .now } ?? false }) { return false }
                KafkaThread.pause(milliseconds: 1_000)
            }
        }
    }

    /// Puts a new client, of today's certificates, into the place of one that has reported what it has, or has not for too long.
    private func renew() {
        let client = state.withLock { state in
            // Whoever asks for it from here on asks for another one.
            state.renewBy = nil
            return state.client.take()
        }
        guard let client else { return }
        do {
            let fresh = try fresh()
            abandon(client, .replaced)
            use(fresh)
        } catch {
            log(KafkaLogLine(level: .warning, facility: "RENEW", message: "the producer is not made anew: \(error)"))
            use(client)
        }
    }

    private func fresh() throws(KafkaError) -> ProducerClient {
        let native = try configuration.native(defaults: KafkaConfiguration.producer)
        return try Self.makeClient(native, credentials: configuration.credentials, log: log)
    }

    /// Hands it what waits.
    private func use(_ client: ProducerClient) {
        var client = client
        let finished = state.withLock { state in
            for name in Set(state.batches.values.flatMap { $0.records.map(\.topic) }) {
                _ = try? client.topic(name)
            }
            state.client = client
            state.hasFailed = false
            return state.handOver(now: .now)
        }
        for batch in finished { batch.resume() }
    }

    /// Purges what the client still has, takes the reports of that, fails what was not reported, and destroys it.
    private func abandon(_ client: ProducerClient, _ error: KafkaError) {
        rd_kafka_purge(client.handle.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        let deadline = ContinuousClock.now + .seconds(5)
        while state.withLock({ $0.outstanding > 0 }), ContinuousClock.now < deadline {
            takeEvent(of: client, timeout: 20)
        }
        let finished = state.withLock { $0.failOutstanding(error) }
        for batch in finished { batch.resume() }
        client.destroy()
    }

    private func end(_ client: ProducerClient?) {
        configuration.certificates?.remove(self)
        state.withLock { $0.client = nil }
        let error = KafkaError(.closed)
        if let client { abandon(client, error) }
        let (finished, closers) = state.withLock { state in
            let finished = state.failAll(error)
            state.isClosed = true
            defer { state.closers = [] }
            return (finished, state.closers)
        }
        for batch in finished { batch.resume() }
        for closer in closers { closer.resume() }
    }
}

/// What became of a record.
struct Report: Sendable {
    let tag: RecordTag?
    let partition: Int32
    let offset: Int64
    let error: KafkaError?

    init(_ message: rd_kafka_message_t) {
        tag = RecordTag(message._private)
        partition = message.partition
        offset = message.offset
        error =
            if message.err != RD_KAFKA_RESP_ERR_NO_ERROR {
                KafkaError(message.err)
            } else if message.offset < 0 {
                // librdkafka concludes it from a later request's success, and may be wrong: see `max.in.flight`.
                .unproven
            } else {
                nil
            }
    }
}

extension ProducerCore.State {
    /// Notes what became of records, now that their room is free, and hands over what waited for it. Answers the
    /// batches that are complete.
    mutating func conclude(_ reports: [Report], now: ContinuousClock.Instant) -> [ProducerBatch] {
        var finished: [ProducerBatch] = []
        outstanding -= reports.count
        for report in reports {
            guard let tag = report.tag, batches[tag.batch] != nil else { continue }
            if let error = report.error {
                batches[tag.batch]?.fail(tag.index, partition: report.partition, error)
            } else {
                batches[tag.batch]?.succeed(tag.index, partition: report.partition, offset: report.offset)
            }
            if batches[tag.batch]?.isComplete == true, let batch = batches.removeValue(forKey: tag.batch) {
                finished.append(batch)
            }
        }
        return waiting.isEmpty ? finished : finished + handOver(now: now)
    }

    /// The client is lost: what it had and did not report has failed.
    mutating func failOutstanding(_ error: KafkaError) -> [ProducerBatch] {
        outstanding = 0
        for number in batches.keys { batches[number]?.failUnfinished(error) }
        return takeComplete()
    }

    mutating func failAll(_ error: KafkaError) -> [ProducerBatch] {
        for number in batches.keys {
            batches[number]?.failUnfinished(error)
            batches[number]?.failWaiting(error)
        }
        waiting = []
        return takeComplete()
    }

    private mutating func takeComplete() -> [ProducerBatch] {
        let complete = batches.filter(\.value.isComplete)
        for number in complete.keys { batches.removeValue(forKey: number) }
        return Array(complete.values)
    }
}
