import EventLog
import Headers
import Pacing
import Synchronization
import Telemetry

/// How far a group has read: acknowledged several batches at a time, once the database has it for good. Where there was nothing to do,
/// it is written into the database for that.
final class ReadRecords: Sendable {
    /// Nobody waits for it: of what a crash repeats nothing is done again.
    private static let writeAfter: Duration = .milliseconds(200)
    /// Bytes of a record that waits as it is; the bookmark of a larger one is made at once.
    private static let largest = 64 << 10

    private enum Read {
        case record(StoredRecord)
        case bookmark(Bookmark)
        /// Its bookmark was written with the work.
        case remembered(offset: Int64)

        var offset: Int64 {
            switch self {
            case .record(let record): record.position.offset
            case .bookmark(let bookmark): bookmark.offset
            case .remembered(let offset): offset
            }
        }

        /// nil: it is there already.
        var bookmark: Bookmark? {
            switch self {
            case .record(let record): Bookmark(record)
            case .bookmark(let bookmark): bookmark
            case .remembered: nil
            }
        }
    }

    private struct State {
        /// The last record of each partition. Its bookmark is a hash of it, and made when it is written: of many records in
        /// between none is needed.
        var waiting: [LogPartition: Read] = [:]
        var writing: Task<Void, Never>?
    }

    private let group: String
    private let memory: any GroupMemory
    private let outage: Outage
    private let state = Mutex(State())

    init(group: String, memory: any GroupMemory, logger: Logger) {
        self.group = group
        self.memory = memory
        outage = Outage(
            logger, gone: "how far the group has read can't be noted for now",
            back: "how far the group has read can be noted again")
    }

    /// Nothing is to be done for these any more: they are acknowledged soon. `areRemembered`: their bookmarks are committed.
    func put(_ records: [StoredRecord], areRemembered: Bool, for consumer: any EventConsumer) {
        state.withLock { state in
            for record in records {
                state.waiting[record.position.logPartition] =
                    if areRemembered {
                        .remembered(offset: record.position.offset)
                    } else if record.size <= Self.largest {
                        .record(record)
                    } else {
                        .bookmark(Bookmark(record))
                    }
            }
            guard state.writing == nil else { return }
            state.writing = Task {
                var backoff = Backoff()
                var pause = Self.writeAfter
                while !Task.isCancelled {
                    try? await Task.sleep(for: pause)
                    switch await write(for: consumer) {
                    case .all: return
                    case .more:
                        backoff.reset()
                        pause = Self.writeAfter
                    case .failed: pause = backoff.next()
                    }
                }
            }
        }
    }

    /// However long it takes; false: stopped before. `bookmarks`: those that are not yet written.
    func secure(_ bookmarks: Bookmarks?, by clock: any ServiceClock, isStopping: @Sendable () -> Bool) async -> Bool {
        var backoff = Backoff()
        while !isStopping() {
            do {
                if let bookmarks { try await memory.remember(bookmarks) }
                try await memory.secure(now: true)
                outage.works()
                return true
            } catch {
                outage.failed("\(error)")
                try? await clock.sleep(for: backoff.next())
            }
        }
        return false
    }

    /// The partitions are given out anew: what waits is read again by whoever has them.
    func drop() {
        state.withLock { $0.waiting = [:] }
    }

    /// Writes what waits, if it can, and ends.
    func finish(for consumer: any EventConsumer) async {
        let writing = state.withLock { $0.writing }
        writing?.cancel()
        // Whoever waits for it waits no longer.
        try? await memory.secure(now: true)
        await writing?.value
        _ = await write(for: consumer, now: true)
    }

    private enum Outcome {
        /// Nothing waits any more.
        case all
        /// More has come meanwhile.
        case more
        /// To be tried again.
        case failed
    }

    private func write(for consumer: any EventConsumer, now: Bool = false) async -> Outcome {
        let waiting = state.withLock { $0.waiting }
        let bookmarks = Bookmarks(
            group: group, list: waiting.values.compactMap(\.bookmark).sorted { $0.partition < $1.partition })
        do {
            if !bookmarks.list.isEmpty { try await memory.remember(bookmarks) }
            if !waiting.isEmpty { try await memory.secure(now: now) }
        } catch {
            outage.failed("\(error)")
            return .failed
        }
        outage.works()
        // Without what was in them.
        await consumer.acknowledge(
            waiting.map { partition, read in
                let position = LogPosition(
                    topic: partition.topic, partition: partition.partition, offset: read.offset)
                return StoredRecord(position: position, key: nil, headers: [], value: nil, timestamp: 0)
            })
        return state.withLock { state in
            for (partition, one) in waiting where state.waiting[partition]?.offset == one.offset {
                state.waiting[partition] = nil
            }
            if state.waiting.isEmpty { state.writing = nil }
            return state.waiting.isEmpty ? .all : .more
        }
    }
}
