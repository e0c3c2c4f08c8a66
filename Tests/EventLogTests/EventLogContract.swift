import EventLog
import Testing

/// What every `EventLog` promises, one check each. A suite runs them all on its implementation:
///
///     @Test(arguments: EventLogContract.all) func holds(_ check: EventLogContract) async throws {
///         try await check.run { try MyEventLog(…) }
///     }
struct EventLogContract: Sendable, CustomTestStringConvertible {
    typealias Body = @Sendable (any EventLog) async throws -> Void

    let testDescription: String
    private let body: Body

    init(_ name: String, _ body: @escaping Body) {
        testDescription = name
        self.body = body
    }

    /// Runs the check on the log that `open` answers and closes it. Checks use topics and groups of fresh names, so
    /// one log may serve all of them at once.
    func run(open: @Sendable () async throws -> any EventLog) async throws {
        let log = try await open()
        do {
            try await body(log)
        } catch {
            await log.close()
            throw error
        }
        await log.close()
    }

    static let all = appending + reading + consuming + inspecting
}

/// What the checks are written with.
enum Contract {
    /// Longer than a busy machine lets a broker stand still. An idempotent producer repeats nothing meanwhile.
    static let patience = ["message.timeout.ms": "60000", "topic.metadata.propagation.max.ms": "10000"]

    /// A name that no other check uses.
    static func fresh(_ prefix: String) -> String {
        "\(prefix)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    }

    /// A new topic.
    static func topic(_ log: any EventLog, partitions: Int32 = 1) async throws -> String {
        let name = fresh("topic")
        try await log.create([TopicDeclaration(name: name, partitions: partitions, retention: nil)])
        return name
    }

    /// `count` records with the values "0", "1", … in one partition.
    static func records(_ count: Int, to topic: String, partition: Int32? = 0, from first: Int = 0) -> [LogRecord] {
        (first..<(first + count)).map { LogRecord(topic: topic, partition: partition, key: nil, value: text("\($0)")) }
    }

    /// Appends, expecting all to succeed.
    @discardableResult static func append(_ records: [LogRecord], to log: any EventLog) async throws -> [LogPosition] {
        try await log.append(records).map { try $0.get() }
    }

    /// The next `count` records of the consumer. Closes it, and so gives up, after 30 s.
    static func collect(_ count: Int, from consumer: any EventConsumer, limit: Int = 100) async throws -> [StoredRecord]
    {
        let watchdog = Task {
            try await Task.sleep(for: .seconds(30))
            await consumer.close()
        }
        defer { watchdog.cancel() }
        var records: [StoredRecord] = []
        while records.count < count {
            let batch = try #require(
                try await consumer.next(limit: limit), "only \(records.count) of \(count) records came in 30 s")
            #expect((1...limit).contains(batch.count))
            records += batch
        }
        return records
    }

    /// Runs `body` on a consumer and closes it, whatever happens.
    static func consuming<Value: Sendable>(
        _ topics: [String], as group: String, of log: any EventLog,
        _ body: @Sendable (any EventConsumer) async throws -> Value
    ) async throws -> Value {
        let consumer = try await log.consumer(group: group, topics: topics)
        do {
            let value = try await body(consumer)
            await consumer.close()
            return value
        } catch {
            await consumer.close()
            throw error
        }
    }

    static func text(_ string: String) -> [UInt8] { Array(string.utf8) }

    static func values(_ records: [StoredRecord]) -> [String] {
        records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }

    /// The kind of the error that `body` throws; nil when it throws none.
    static func failure(_ body: () async throws -> Void) async throws -> EventLogError.Kind? {
        do {
            try await body()
            return nil
        } catch let error as EventLogError {
            return error.kind
        }
    }
}
