import CRdKafka
import Synchronization

/// Asks a Kafka about itself, creates topics, reads partitions without being a member of any group.
///
/// Every call has a deadline: it throws `_TIMED_OUT` when Kafka has not answered by then. Calls block threads of their
/// own, never the caller's.
package final class KafkaAdmin: Sendable {
    private let client: Mutex<AdminClient>
    private let timeout: Duration
    let configuration: KafkaConfiguration
    private let log: KafkaLogger
    /// The ends of partitions that were read, as far as they are known.
    private let ends = Mutex<[KafkaPartition: Int64]>([:])

    /// `timeout` is the deadline of every call that is not told another. Throws `_INVALID_ARG` for a property that
    /// librdkafka doesn't know.
    package init(
        _ configuration: KafkaConfiguration, timeout: Duration = .seconds(10), log: @escaping KafkaLogger
    ) throws(KafkaError) {
        let version = configuration.certificates?.version
        client = Mutex(try AdminClient(configuration, log: log))
        self.configuration = configuration
        self.log = log
        self.timeout = timeout
        guard let version else { return }
        configuration.certificates?.add(self, madeOf: version) { [weak self] in self?.renew() }
    }

    deinit {
        assert(client.withLock { $0.isClosing }, "a KafkaAdmin must be closed")
    }

    /// Calls that come from now on go through a new client; those that are running end with the former one.
    private func renew() {
        do throws(KafkaError) {
            try KafkaThread.start("kafka-renew") { [self] in
                do throws(KafkaError) {
                    let fresh = try AdminClient(configuration, log: log)
                    let former = client.withLock { client in
                        if client.isClosing { return fresh }
                        defer { client = fresh }
                        return client
                    }
                    former.beginClosing()
                } catch {
                    notRenewed(error)
                }
            }
        } catch {
            notRenewed(error)
        }
    }

    private func notRenewed(_ error: KafkaError) {
        log(KafkaLogLine(level: .warning, facility: "RENEW", message: "the admin client is not made anew: \(error)"))
    }

    /// Whether Kafka answers within `limit`.
    package func ping(within limit: Duration) async -> Bool {
        do {
            try await call(limit) { (handle, deadline) throws(KafkaError) in
                var metadata: UnsafePointer<rd_kafka_metadata>?
                try KafkaError.check(rd_kafka_metadata(handle.pointer, 0, nil, &metadata, deadline.milliseconds))
                rd_kafka_metadata_destroy(metadata)
            }
            return true
        } catch {
            return false
        }
    }

    /// Records of a partition from `offset` on, as many as the limit allows; fewer, or none, at its end. An offset below
    /// the earliest record starts there.
    package func read(_ partition: KafkaPartition, from offset: Int64, _ limit: PageLimit) async throws(KafkaError)
        -> [KafkaMessage]
    {
        let records = limit.records
        if let end = ends.withLock({ $0[partition] }), records > 0, offset >= 0, offset <= end - Int64(records) {
            // Known to be there, or to have been: where the earliest went, librdkafka goes on with what is left. Asking
            // for the ends meanwhile also wakes its fetcher, which sleeps for up to a second when its queues were full.
            async let refreshed: Void = refreshEnd(partition)
            let messages = try await collect(partition, from: offset, limit, end: end)
            await refreshed
            return messages
        }
        // The ends first: librdkafka has no other way to say that there is nothing to come.
        let range = try await watermarks([partition])[0]
        ends.withLock { $0[partition] = range.end }
        let start = max(offset, range.earliest)
        if records == 0 || start >= range.end { return [] }
        return try await collect(partition, from: start, limit, end: range.end)
    }

    private func refreshEnd(_ partition: KafkaPartition) async {
        guard let range = try? await watermarks([partition]).first else { return }
        ends.withLock { $0[partition] = range.end }
    }

    private func collect(
        _ partition: KafkaPartition, from start: Int64, _ limit: PageLimit, end: Int64
    ) async throws(KafkaError) -> [KafkaMessage] {
        let client = try enter()
        defer { client.leave() }
        do throws(KafkaError) {
            return try await client.reader.read(partition, from: start, limit, end: end, within: timeout)
        } catch {
            // Perhaps the end is no longer where it was.
            _ = ends.withLock { $0.removeValue(forKey: partition) }
            throw error
        }
    }

    /// Waits for the calls that are running, but for those of a client that was made anew meanwhile, which ends by itself; lets go of
    /// Kafka. Idempotent; every call returns when the client is gone.
    package func close() async {
        configuration.certificates?.remove(self)
        await client.withLock {
            $0.beginClosing()
            return $0
        }.close()
    }

    /// Runs `body` on a thread of its own; it is to give up at the deadline.
    func call<Value: Sendable>(
        _ limit: Duration? = nil, _ body: @escaping @Sendable (KafkaHandle, Deadline) throws(KafkaError) -> Value
    ) async throws(KafkaError) -> Value {
        try await withClient(limit) { (client, deadline) throws(KafkaError) in try body(client.handle, deadline) }
    }

    /// The same, with all that belongs to the client.
    func withClient<Value: Sendable>(
        _ limit: Duration? = nil, _ body: @escaping @Sendable (AdminClient, Deadline) throws(KafkaError) -> Value
    ) async throws(KafkaError) -> Value {
        let client = try enter()
        defer { client.leave() }
        let deadline = Deadline(after: limit ?? timeout)
        return try await KafkaThread.run("kafka-admin") { () throws(KafkaError) in try body(client, deadline) }
    }

    private func enter() throws(KafkaError) -> AdminClient {
        try client.withLock { client throws(KafkaError) in
            try client.enter()
            return client
        }
    }
}

/// When a call gives up.
struct Deadline: Sendable {
    let instant: ContinuousClock.Instant

    init(after duration: Duration) {
        instant = .now + duration
    }

    var hasPassed: Bool { instant <= .now }

    /// What is left, as librdkafka takes it: at least 1 ms, for 0 and less have meanings of their own.
    var milliseconds: Int32 {
        Int32(clamping: max(1, Int64((instant - .now) / .milliseconds(1))))
    }

    /// Tries until it succeeds, or fails with what trying again won't mend, or the deadline has passed: a leader or a
    /// coordinator is just moving, or was just made. Blocks its thread. A topic that is not known is not waited for,
    /// unless it is known to be there.
    func retrying<Value>(
        isTopicThere: Bool = false, _ body: () throws(KafkaError) -> Value
    ) throws(KafkaError) -> Value {
        while true {
            do throws(KafkaError) {
                return try body()
            } catch {
                guard error.isRetriable, isTopicThere || !error.code.isUnknownTopic, !hasPassed else { throw error }
                KafkaThread.pause(milliseconds: 50)
            }
        }
    }
}
