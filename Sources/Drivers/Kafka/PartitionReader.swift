import CRdKafka
import Dispatch
import Synchronization

/// Reads partitions by offset, on one thread, through librdkafka's simple consumer. A partition stays open for a while
/// after it was read, so that whoever reads on page by page gets what librdkafka has fetched ahead.
///
/// `@unchecked Sendable`: `cursors` and `decoder` belong to the thread; the jobs are behind their lock.
final class PartitionReader: @unchecked Sendable {
    private typealias Job = @Sendable (PartitionReader) -> Void

    /// An open partition.
    private struct Cursor {
        let topic: OpaquePointer
        /// The offset that is read next.
        var position: Int64
        var lastUse: ContinuousClock.Instant
    }

    private let handle: KafkaHandle
    private let jobs = Mutex<(waiting: [Job], isStopping: Bool)>(([], false))
    private let wakeUp = DispatchSemaphore(value: 0)
    private var cursors: [KafkaPartition: Cursor] = [:]
    private var decoder = MessageDecoder()

    /// An open partition asks its broker for records now and then: not for longer than a reader may take between pages.
    private static let idleSeconds = 5.0
    private static let maximumCursors = 64
    /// Records that are asked for before it is known how large they are.
    private static let firstFew = 16

    init(_ handle: KafkaHandle) {
        self.handle = handle
    }

    func start() throws(KafkaError) {
        try KafkaThread.start("kafka-reader") { [self] in serve() }
    }

    /// Ends the thread; `body` is the last thing that it does. No read may be running or follow.
    func stop(_ body: @escaping @Sendable () -> Void) {
        jobs.withLock { jobs in
            jobs.waiting.append { reader in
                for partition in reader.cursors.keys { reader.close(partition) }
                body()
            }
            jobs.isStopping = true
        }
        wakeUp.signal()
    }

    /// Records of `start ..< end`, which is known to hold some, or to have held some.
    func read(
        _ partition: KafkaPartition, from start: Int64, _ limit: PageLimit, end: Int64, within time: Duration
    ) async throws(KafkaError) -> [KafkaMessage] {
        let result: Result<[KafkaMessage], KafkaError> = await withCheckedContinuation { continuation in
            jobs.withLock {
                $0.waiting.append { reader in
                    // From here on: others may have been read before it.
                    let deadline = Deadline(after: time)
                    let result = Result { () throws(KafkaError) in
                        try reader.collect(partition, from: start, limit, end: end, deadline)
                    }
                    continuation.resume(returning: result)
                }
            }
            wakeUp.signal()
        }
        return try result.get()
    }

    private func serve() {
        while true {
            _ = wakeUp.wait(timeout: cursors.isEmpty ? .distantFuture : .now() + Self.idleSeconds)
            let (waiting, isStopping) = jobs.withLock { jobs in
                defer { jobs.waiting = [] }
                return jobs
            }
            for job in waiting { job(self) }
            if isStopping { return }
            let limit = ContinuousClock.now - .seconds(Self.idleSeconds)
            for (partition, cursor) in cursors where cursor.lastUse < limit { close(partition) }
        }
    }

    /// A partition whose leader is just changing, or that this client has not heard of yet, is tried again.
    private func collect(
        _ partition: KafkaPartition, from start: Int64, _ limit: PageLimit, end: Int64, _ deadline: Deadline
    ) throws(KafkaError) -> [KafkaMessage] {
        try deadline.retrying(isTopicThere: true) { () throws(KafkaError) in
            try collectOnce(partition, from: start, limit, end: end, deadline)
        }
    }

    private func collectOnce(
        _ partition: KafkaPartition, from start: Int64, _ limit: PageLimit, end: Int64, _ deadline: Deadline
    ) throws(KafkaError) -> [KafkaMessage] {
        if deadline.hasPassed { throw KafkaError(.timedOut) }
        var cursor = try open(partition, at: start)
        var messages: [KafkaMessage] = []
        var size = 0
        var page = [UnsafeMutablePointer<rd_kafka_message_t>?](repeating: nil, count: min(limit.records, 1000))
        do throws(KafkaError) {
            while messages.count < limit.records, size < limit.bytes, cursor.position < end {
                // As many as fill the page if they are as large as those before them.
                let fitting = size > 0 ? max((limit.bytes - size) / (size / messages.count), 1) : Self.firstFew
                let wanted = min(
                    page.count, fitting, limit.records - messages.count, Int(clamping: end - cursor.position))
                // Waits until all that is wanted has come, and there are that many, unless a compacted or aborted
                // record is missing: then the end of the partition is reported, and counts as one.
                let count = rd_kafka_consume_batch(
                    cursor.topic, partition.partition, min(100, deadline.milliseconds), &page, wanted)
                if count < 0 { throw KafkaError(rd_kafka_last_error()) }
                defer { for index in 0..<count { rd_kafka_message_destroy(page[index]) } }
                for index in 0..<count {
                    guard let message = page[index] else { continue }
                    if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                        cursor.position = max(cursor.position, message.pointee.offset)
                    } else {
                        try KafkaError.check(message.pointee.err)
                        let decoded = decoder.decode(message)
                        size += decoded.size
                        messages.append(decoded)
                        cursor.position = message.pointee.offset + 1
                    }
                }
                if deadline.hasPassed, count == 0 { throw KafkaError(.timedOut) }
            }
        } catch {
            close(partition)
            throw error
        }
        cursor.lastUse = .now
        cursors[partition] = cursor
        return messages
    }

    /// The partition's cursor, if it stands at `start`, or a new one.
    private func open(_ partition: KafkaPartition, at start: Int64) throws(KafkaError) -> Cursor {
        if let cursor = cursors[partition], cursor.position == start { return cursor }
        close(partition)
        if cursors.count >= Self.maximumCursors, let oldest = cursors.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            close(oldest.key)
        }
        let topic = try handle.topic(partition.topic)
        guard rd_kafka_consume_start(topic, partition.partition, start) == 0 else {
            let error = KafkaError(rd_kafka_last_error())
            rd_kafka_topic_destroy(topic)
            throw error
        }
        let cursor = Cursor(topic: topic, position: start, lastUse: .now)
        cursors[partition] = cursor
        return cursor
    }

    private func close(_ partition: KafkaPartition) {
        guard let cursor = cursors.removeValue(forKey: partition) else { return }
        rd_kafka_consume_stop(cursor.topic, partition.partition)
        rd_kafka_topic_destroy(cursor.topic)
    }
}
