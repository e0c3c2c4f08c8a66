import EventLog
import Headers
import Pacing
import Synchronization
import Telemetry

/// How far a group has read where there was nothing to do: written into the database several batches at a time, and
/// acknowledged then.
final class ReadRecords: Sendable {
    /// Nobody waits for it, and a crash repeats what nothing is done for.
    private static let writeAfter: Duration = .milliseconds(200)

    private struct State {
        /// The last record of each partition, without what is in it, and its bookmark.
        var waiting: [LogPartition: (record: StoredRecord, bookmark: Bookmark)] = [:]
        var writing: Task<Void, Never>?
    }

    private let group: String
    private let memory: any GroupMemory
    private let logger: Logger
    private let state = Mutex(State())

    init(group: String, memory: any GroupMemory, logger: Logger) {
        self.group = group
        self.memory = memory
        self.logger = logger
    }

    /// There was nothing to do for these: they are acknowledged soon.
    func put(_ records: [StoredRecord], for consumer: any EventConsumer) {
        let bookmarks = Bookmarks(group: group, behind: records)
        state.withLock { state in
            for bookmark in bookmarks.list {
                let position = LogPosition(
                    topic: bookmark.partition.topic, partition: bookmark.partition.partition, offset: bookmark.offset)
                let record = StoredRecord(position: position, key: nil, headers: [], value: nil, timestamp: 0)
                state.waiting[bookmark.partition] = (record, bookmark)
            }
            guard state.writing == nil else { return }
            state.writing = Task {
                var backoff = Backoff()
                try? await Task.sleep(for: Self.writeAfter)
                while await !write(for: consumer), !Task.isCancelled { try? await Task.sleep(for: backoff.next()) }
            }
        }
    }

    /// The partitions are given out anew: what waits is read again by whoever has them.
    func drop() {
        state.withLock { $0.waiting = [:] }
    }

    /// Writes what waits, if it can, and ends.
    func finish(for consumer: any EventConsumer) async {
        let writing = state.withLock { $0.writing }
        writing?.cancel()
        await writing?.value
        _ = await write(for: consumer)
    }

    /// Whether nothing waits any more.
    private func write(for consumer: any EventConsumer) async -> Bool {
        let waiting = state.withLock { $0.waiting }
        let bookmarks = Bookmarks(
            group: group, list: waiting.values.map(\.bookmark).sorted { $0.partition < $1.partition })
        do {
            if !bookmarks.list.isEmpty { try await memory.remember(bookmarks) }
        } catch {
            logger.warning("how far the group has read can't be noted for now; trying again", ["error": "\(error)"])
            return false
        }
        await consumer.acknowledge(waiting.values.map(\.record))
        return state.withLock { state in
            for (partition, one) in waiting where state.waiting[partition]?.bookmark == one.bookmark {
                state.waiting[partition] = nil
            }
            if state.waiting.isEmpty { state.writing = nil }
            return state.waiting.isEmpty
        }
    }
}
