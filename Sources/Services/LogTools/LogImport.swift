package import EventLog
import ExactText
import Timestamps

/// Brings an export into a log: every record to the partition that it was in, with its timestamp, in the order of the
/// file.
package final class LogImport {
    private static let batch = 5_000
    /// About what a batch may take in memory; one waits while another is on its way.
    private static let batchBytes = 16 << 20

    /// What an export needs of the log that it is to go into.
    private struct Target {
        var partitions: Int
        var keyed = 0
        /// Records whose key Kafka's clients would put into another partition than they are in.
        var stray = 0
        /// Whether a record is of a partition that is not there.
        var isTooSmall = false

        /// A few may have been put where somebody wanted them; with another number of partitions it is half of them at
        /// least.
        var isOtherwisePartitioned: Bool { stray * 10 > keyed }
    }

    private let log: any EventLog
    private let topic: String?
    /// Keys go to the partitions that are theirs here, where the topic has another number of them.
    private var givesNewPartitions = false
    private let pace: Pace
    private var targets: [ExactText: Target] = [:]
    /// Records that the log has.
    package private(set) var imported = 0

    /// `topic`: where all records go; nil: to the topics that they name.
    package init(into log: any EventLog, topic: String?, pace: Pace = Pace(speed: nil)) {
        self.log = log
        self.topic = topic
        self.pace = pace
    }

    /// Reads every record before anything is written; answers how many there are. Throws for the first that can't be
    /// imported. `progress` learns how many more are read.
    package func check(_ file: ExportFile, anyPartitions: Bool, progress: (Int) -> Void) async throws -> Int {
        let reader = try ExportReader(file, .checking)
        var count = 0
        while true {
            try Task.checkCancellation()
            let page = try await reader.next()
            if page.isEmpty { break }
            for record in page {
                count += 1
                try await check(record, number: count, anyPartitions)
            }
            progress(page.count)
        }
        givesNewPartitions = anyPartitions
        if !anyPartitions {
            for (name, target) in targets where target.isOtherwisePartitioned {
                throw ToolError(
                    "\(name) has \(target.partitions) partitions here and had another number where \(file.name) comes from, so "
                        + "that keys would change places: import into a topic with as many (or say --any-partitions)")
            }
        }
        return count
    }

    private func check(_ record: StoredRecord, number: Int, _ anyPartitions: Bool) async throws {
        let name = ExactText(topic ?? record.position.topic)
        if targets[name] == nil {
            targets[name] = Target(partitions: try await log.ranges(topic: name.string).count)
        }
        guard var target = targets[name], anyPartitions || record.position.partition < target.partitions else {
            throw ToolError(
                "record \(number) is of partition \(record.position.partition), and \(name) has "
                    + "\(targets[name]?.partitions ?? 0) partitions here: import into a topic with as many as it came from (or say --any-partitions)"
            )
        }
        if record.position.partition >= target.partitions {
            target.isTooSmall = true
            targets[name] = target
        }
        guard let key = record.key else { return }
        target.keyed += 1
        if Murmur2.partition(of: key, among: Int32(target.partitions)) != record.position.partition {
            target.stray += 1
        }
        targets[name] = target
    }

    /// nil: the one that is the key's.
    private func partition(for record: StoredRecord) -> Int32? {
        let partition = record.position.partition
        guard givesNewPartitions, let target = targets[ExactText(topic ?? record.position.topic)],
            target.isTooSmall || target.isOtherwisePartitioned
        else { return partition }
        return record.key == nil ? partition % Int32(target.partitions) : nil
    }

    /// The topics of the records that were checked.
    package var topics: [String] { targets.keys.sorted().map(\.string) }

    /// How many records they hold already.
    package func present() async throws(EventLogError) -> Int64 {
        var count: Int64 = 0
        for topic in topics {
            count += try await log.ranges(topic: topic).reduce(0) { $0 + $1.end - $1.earliest }
        }
        return count
    }

    /// Appends every record; `progress` learns how many more are there. Throws for the first that the log did not take;
    /// those before it are there. While a batch is appended the next is read.
    package func run(_ file: ExportFile, progress: (Int) -> Void) async throws {
        let reader = try ExportReader(file, .checked)
        var waiting: [LogRecord] = []
        var size = 0
        var appending: Task<[Result<LogPosition, EventLogError>], Never>?
        func land() async throws {
            guard let results = await appending.take()?.value else { return }
            imported += results.count { if case .success = $0 { true } else { false } }
            for result in results { _ = try result.get() }
            progress(results.count)
        }
        func flush() async throws {
            try await land()
            try Task.checkCancellation()
            let (log, batch) = (log, waiting)
            (waiting, size) = ([], 0)
            appending = Task { await log.append(batch) }
        }
        do {
            while true {
                let page = try await reader.next()
                if page.isEmpty { break }
                for record in page {
                    if pace.mustWait(for: record.time.milliseconds) {
                        try await flush()
                        try await land()
                        try await pace.wait(for: record.time.milliseconds)
                    }
                    waiting.append(
                        LogRecord(
                            topic: topic ?? record.position.topic, partition: partition(for: record),
                            key: record.key, headers: record.headers, value: record.value,
                            timestamp: record.timestamp))
                    size += record.size
                    if waiting.count >= Self.batch || size >= Self.batchBytes { try await flush() }
                }
            }
            try await flush()
            try await land()
        } catch {
            // What was on its way counts too.
            try? await land()
            throw error
        }
    }
}

/// The pace at which records are brought in: as they were recorded, so many times as fast, or at once.
package final class Pace {
    /// nil: at once.
    private let speed: Double?
    /// What speeds are taken, as factors: a second as a quarter of an hour, up to twelve days as a second.
    package static let speeds = 0.001...1_000_000
    /// A thousand years, in milliseconds: longer waits don't fit the clock.
    private static let longest = 3.2e13
    private var start: (timestamp: Int64, instant: ContinuousClock.Instant)?

    package init(speed: Double?) {
        self.speed = speed
    }

    func mustWait(for timestamp: Int64) -> Bool { due(timestamp).map { $0 > .now } ?? false }

    func wait(for timestamp: Int64) async throws {
        guard let due = due(timestamp) else { return }
        try await Task.sleep(until: due, clock: .continuous)
    }

    private func due(_ timestamp: Int64) -> ContinuousClock.Instant? {
        // A record without a timestamp comes with the one before it.
        guard let speed, timestamp >= 0 else { return nil }
        guard let start else {
            start = (timestamp, .now)
            return nil
        }
        return start.instant + .milliseconds(min(Double(timestamp - start.timestamp) / speed, Self.longest))
    }
}
