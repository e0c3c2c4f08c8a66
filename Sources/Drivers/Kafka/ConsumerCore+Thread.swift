import CRdKafka
import Synchronization

/// The consumer's thread: takes records and events from librdkafka, as one sequence.
extension ConsumerCore {
    /// Records taken before callers get any: more than a fetch brings at low load, few enough to hand on early.
    private static let portion = 500
    /// A thread that wakes after this long was stalled, with its process: the group may have gone on without it, and the log
    /// may be another. Below the session's timeout.
    private static let stall: Duration = .seconds(8)

    func serve() {
        var decoder = MessageDecoder()
        while true {
            let (room, bytes, isStalled, isClosing, mustRenew) = state.withLock {
                ($0.room, $0.roomInBytes, $0.isStalled, $0.isClosing, $0.mustRenew)
            }
            if isClosing { break }
            if mustRenew {
                guard renew() else { return conclude() }
                continue
            }
            runCommands()
            if room > 0 {
                if isStalled { setStalled(false) }
                takeEvents(upTo: min(room, Self.portion), bytes: bytes, &decoder)
            } else if isStalled {
                takeEvents(upTo: 1, bytes: 1, &decoder)
            } else {
                let deadline = ContinuousClock.now + .seconds(1)
                sleep(until: deadline) { $0.room == 0 && !$0.isClosing && !$0.mustRenew && $0.commands.isEmpty }
                // Nobody takes records: serve what else happens in the group. Not done at once, for librdkafka then
                // throws away what it has fetched.
                if ContinuousClock.now >= deadline { setStalled(true) }
            }
        }
        end()
    }

    /// Waits for an event, then takes what else is there.
    private func takeEvents(upTo limit: Int, bytes: Int, _ decoder: inout MessageDecoder) {
        var messages: [KafkaMessage] = []
        var size = 0
        var timeout: Int32 = 1000
        let begin = ContinuousClock.now
        while messages.count < limit, size < bytes, let event = rd_kafka_queue_poll(queue, timeout) {
            // What comes with this event is then of partitions that are being asked about, and dropped.
            if timeout > 0, .now - begin > Self.stall { assignAgain() }
            timeout = 0
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_FETCH:
                while let message = rd_kafka_event_message_next(event) {
                    let decoded = decoder.decode(message)
                    size += decoded.size
                    messages.append(decoded)
                }
            case RD_KAFKA_EVENT_REBALANCE:
                let before = messages
                change { $0.add(before) }
                messages = []
                rebalance(event)
            case RD_KAFKA_EVENT_ERROR:
                note(event)
            case RD_KAFKA_EVENT_OFFSET_COMMIT:
                noteCommit(event)
            default:
                break
            }
            rd_kafka_event_destroy(event)
        }
        if !messages.isEmpty { change { $0.add(messages) } }
    }

    private func rebalance(_ event: OpaquePointer) {
        guard let list = rd_kafka_event_topic_partition_list(event) else { return }
        let partitions = PartitionList.positions(list).map { KafkaPartition(topic: $0.topic, partition: $0.partition) }
        guard rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS else {
            return revoke(Set(partitions))
        }
        guard let starts else {
            state.withLock { $0.assign(partitions) }
            return report(rd_kafka_assign(handle.pointer, list), "assign")
        }
        beginAssigning(partitions, starts)
    }

    /// Asks where to start, and goes on serving the group meanwhile; the answer comes as a command.
    private func beginAssigning(_ partitions: [KafkaPartition], _ starts: @escaping KafkaStarts) {
        state.withLock { state in
            state.beginAssigning(partitions) { number in
                Task { [self] in
                    // nil: nobody needs to know any more.
                    if let answer = await starts(partitions) { await command(.assign(number, answer)) }
                }
            }
        }
    }

    private func assign(_ partitions: [KafkaPartition], _ answer: [KafkaStart]) {
        let beginning = Int64(RD_KAFKA_OFFSET_BEGINNING)
        let offsets = Dictionary(answer.map { ($0.partition, $0.offset) }) { first, _ in first }
        state.withLock { $0.assign(partitions) }
        let list = PartitionList(
            partitions.map {
                KafkaPosition(topic: $0.topic, partition: $0.partition, offset: offsets[$0] ?? beginning)
            })
        report(list.withPointer { rd_kafka_assign(handle.pointer, $0) }, "assign")
        let new = answer.filter(\.mustCommit).map {
            KafkaPosition(topic: $0.partition.topic, partition: $0.partition.partition, offset: $0.offset)
        }
        guard !new.isEmpty else { return }
        report(PartitionList(new).withPointer { rd_kafka_commit(handle.pointer, $0, 1) }, "commit")
    }

    /// The log does not hold what was to be read next: all is asked for again.
    private func assignAgain() {
        let partitions = state.withLock { $0.isAssigning ? [] : Array($0.progress.keys) }
        guard let starts, !partitions.isEmpty else { return }
        revoke(Set(partitions))
        beginAssigning(partitions, starts)
    }

    /// Gives partitions up: nothing more of them is handed out, what was handed out may still be finished, for a while,
    /// so that the next owner need not do it again. librdkafka then commits what was stored.
    private func revoke(_ partitions: Set<KafkaPartition>) {
        state.withLock { state in
            state.cancelAssigning()
            state.revoke(partitions)
        }
        if rd_kafka_assignment_lost(handle.pointer) == 0 { awaitWork(on: partitions) }
        report(rd_kafka_assign(handle.pointer, nil), "unassign")
        state.withLock { state in
            state.forget(partitions)
            state.isStalled = false
        }
    }

    /// Waits for what was handed out of these partitions, for `revokeWait` at most. Whoever has it may want a partition paused
    /// before he can finish, so commands are carried out meanwhile.
    private func awaitWork(on partitions: Set<KafkaPartition>) {
        let deadline = ContinuousClock.now + revokeWait
        while true {
            sleep(until: deadline) { $0.isInFlight(partitions) && !$0.isClosing && $0.commands.isEmpty }
            let hasCommands = state.withLock { !$0.commands.isEmpty && !$0.isClosing }
            guard hasCommands, ContinuousClock.now < deadline else { return }
            runCommands()
        }
    }

    private func note(_ event: OpaquePointer) {
        let code = KafkaError.Code(rd_kafka_event_error(event))
        let message = rd_kafka_event_error_string(event).map { String(cString: $0) }
        if let fatal = handle.fatalError {
            change { $0.fail(fatal) }
        } else if code.refusesAccess {
            change { $0.fail(KafkaError(code, message)) }
        } else if code == .noOffset {
            handle.log(
                KafkaLogLine(
                    level: .warning, facility: "CONSUMER",
                    message: "\(message ?? "an offset is not there"); asking where to go on"))
            assignAgain()
        } else if code.isUnknownTopic {
            // Deleted, and perhaps made anew before the group notices. Nothing to do for one that is not there yet.
            if isAssigned(topicOf: event) { assignAgain() }
        } else {
            handle.log(KafkaLogLine(level: .warning, facility: "CONSUMER", message: message ?? ""))
        }
    }

    private func isAssigned(topicOf event: OpaquePointer) -> Bool {
        guard let partition = rd_kafka_event_topic_partition(event) else { return false }
        defer { rd_kafka_topic_partition_destroy(partition) }
        let topic = String(cString: partition.pointee.topic)
        return state.withLock { state in state.progress.keys.contains { $0.topic == topic } }
    }

    private func noteCommit(_ event: OpaquePointer) {
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR, code != RD_KAFKA_RESP_ERR__NO_OFFSET { report(code, "commit") }
    }

    private func report(_ code: rd_kafka_resp_err_t, _ what: String) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        handle.log(KafkaLogLine(level: .warning, facility: "CONSUMER", message: "\(what): \(KafkaError(code))"))
    }

    private func runCommands() {
        let commands = state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
        for (command, continuation) in commands {
            switch command {
            case .pause(let partitions):
                state.withLock { $0.pause(partitions) }
                setPaused(partitions, true)
            case .resume(let partitions):
                if !state.withLock({ $0.isStalled }) { setPaused(partitions, false) }
                change { $0.resume(partitions) }
            case .assign(let number, let answer):
                if let partitions = state.withLock({ $0.endAssigning(number) }) { assign(partitions, answer) }
            }
            continuation.resume()
        }
    }

    private func setStalled(_ isStalled: Bool) {
        let partitions = state.withLock { state in
            state.isStalled = isStalled
            return state.progress.keys.filter { !state.paused.contains($0) }
        }
        setPaused(partitions, isStalled)
    }

    /// On this thread only: before librdkafka 2.1, a pause beside a poll may lose records. Records that come again after
    /// a pause are dropped by `ConsumerState`.
    private func setPaused(_ partitions: [KafkaPartition], _ isPaused: Bool) {
        let ours = partitions.filter { partition in state.withLock { $0.progress[partition] != nil } }
        guard !ours.isEmpty else { return }
        let code = PartitionList(ours).withPointer {
            isPaused
                ? rd_kafka_pause_partitions(handle.pointer, $0) : rd_kafka_resume_partitions(handle.pointer, $0)
        }
        report(code, isPaused ? "pause" : "resume")
    }

    /// Gives all partitions up, when what was handed out of them is done, and leaves the group; joins it again with a client of today's
    /// certificates. Records that waited here come again. False when it was closed before that succeeded.
    private func renew() -> Bool {
        let partitions = state.withLock { state in
            // Whoever asks for it from here on asks for another one.
            state.mustRenew = false
            return Set(state.progress.keys)
        }
        revoke(partitions)
        leave()
        while !state.withLock(\.isClosing) {
            do {
                use(try ConsumerClient(recipe))
                return true
            } catch {
                recipe.log(KafkaLogLine(level: .error, facility: "RENEW", message: "no new consumer: \(error)"))
                KafkaThread.pause(milliseconds: 1_000)
            }
        }
        return false
    }

    private func end() {
        leave()
        conclude()
    }

    /// Commits, leaves the group, and gives the client back.
    private func leave() {
        // Before the group can be left it wants its answer.
        if state.withLock({ $0.cancelAssigning() }) { report(rd_kafka_assign(handle.pointer, nil), "unassign") }
        let closing = rd_kafka_queue_new(handle.pointer)
        if let error = rd_kafka_consumer_close_queue(handle.pointer, closing) {
            handle.log(
                KafkaLogLine(level: .warning, facility: "CONSUMER", message: "\(KafkaError(consuming: error))"))
        }
        let deadline = ContinuousClock.now + .seconds(5)
        while rd_kafka_consumer_closed(handle.pointer) == 0, ContinuousClock.now < deadline {
            guard let event = rd_kafka_queue_poll(closing, 100) else { continue }
            if rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE { rd_kafka_assign(handle.pointer, nil) }
            rd_kafka_event_destroy(event)
        }
        let hasLeft = rd_kafka_consumer_closed(handle.pointer) != 0
        state.withLock { $0.hasEnded = true }
        rd_kafka_queue_destroy(closing)
        client.destroy(hasLeft: hasLeft)
    }

    /// Tells everybody who waits for the end.
    private func conclude() {
        recipe.configuration.certificates?.remove(self)
        let (commands, closers) = state.withLock { state in
            state.isClosed = true
            defer { (state.commands, state.closers) = ([], []) }
            return (state.commands, state.closers)
        }
        for (_, continuation) in commands { continuation.resume() }
        for closer in closers { closer.resume() }
    }
}
