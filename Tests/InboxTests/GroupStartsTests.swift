import EventLog
import Headers
import Identifiers
import SQLite
import Synchronization
import Telemetry
import TestDatabase
import TestLog
import Testing

@testable import Inbox

/// A group with its database, on a log that is made anew or restored under it.
@Suite(.timeLimit(.minutes(1))) struct GroupStartsTests {
    /// Notes each event in the inbox, as a service does, and whom it told.
    final class Service: EventHandler {
        struct Event: Sendable {
            var id: Identifier
            var text: String
            var isOld: Bool
        }

        let database: SQLiteDatabase
        let told = Mutex<[String]>([])
        let noted = Mutex<[String]>([])
        /// Of each event: whether the database can say what did not happen before.
        let wholeness = Mutex<[Bool]>([])

        init(_ database: SQLiteDatabase) { self.database = database }

        func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> Event? {
            let text = String(decoding: record.value ?? [], as: UTF8.self)
            if text.hasPrefix("nothing") { return nil }
            guard let id = record.header("ce_id").flatMap({ Identifier($0) }) else { throw UnreadableEvent("no id") }
            wholeness.withLock { $0.append(knowledge.completeSince != nil) }
            return Event(id: id, text: text, isOld: knowledge.isOld)
        }

        func handle(_ events: [Event], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
            let fresh = try await database.write { connection in
                try SQLiteGroupMemory.remember(bookmarks, in: connection)
                return try SQLiteInbox.enter(events.map(\.id), in: connection)
            }
            for event in events where fresh.contains(event.id) {
                if event.isOld {
                    noted.withLock { $0.append(event.text) }
                } else {
                    told.withLock { $0.append(event.text) }
                }
            }
            return HandledEvents()
        }

        func isDatabaseAway(_ error: any Error) -> Bool { false }
    }

    private static let migrations = [
        SQLiteMigration(version: 1, name: "inbox", sql: SQLiteInbox.schema),
        SQLiteMigration(version: 2, name: "bookmarks", sql: SQLiteGroupMemory.schema),
    ]

    private func event(_ text: String, _ id: Identifier = .time()) -> LogRecord {
        LogRecord(
            topic: "orders", partition: 0, key: nil, headers: [RecordHeader("ce_id", id.description)],
            value: Array(text.utf8))
    }

    private func create(on log: FaultyLog) async throws {
        try await log.create([TopicDeclaration(name: "orders", partitions: 1, retention: nil)])
    }

    private func append(_ records: [LogRecord], to log: FaultyLog) async throws {
        for result in await log.append(records) { _ = try result.get() }
    }

    /// Runs the group until it has committed `offset`.
    private func run(
        _ service: Service, on log: FaultyLog, until offset: Int64, metrics: Metrics = Metrics(),
        _ check: (InboxConsumer<Service>) -> Void = { _ in }
    ) async throws {
        let consumer = InboxConsumer(
            group: "g", topics: ["orders"], partitions: ["orders": 1], log: log, handler: service,
            memory: SQLiteGroupMemory(service.database),
            deadLetterTopic: { _ in InboxConsumerTests.letters }, metrics: metrics, logger: .silent)
        consumer.start()
        do {
            try await eventually("offset \(offset)") {
                try await log.committedOffsets(group: "g").first?.offset == offset
            }
        } catch {
            await consumer.stop()
            throw error
        }
        check(consumer)
        await consumer.stop()
    }

    private func bookmark(of service: Service) async throws -> Bookmark? {
        try await SQLiteGroupMemory(service.database).recall(group: "g").partitions.values.first?.bookmark
    }

    /// The last record that was *read* is remembered, before its offset is committed.
    @Test func whatThereIsNothingToDoForIsRememberedToo() async throws {
        try await withDatabase(Self.migrations) { database in
            try await withLog { log in
                try await create(on: log)
                try await append([event("a"), event("nothing 1"), event("nothing 2")], to: log)
                let service = Service(database)
                try await run(service, on: log, until: 3)
                #expect(try await bookmark(of: service)?.offset == 2)
                try await append([event("nothing 3")], to: log)
                try await run(service, on: log, until: 4) { #expect($0.health.complaint == nil) }
                #expect(try await bookmark(of: service)?.offset == 3)
                #expect(service.told.withLock { $0 } == ["a"])
            }
        }
    }

    /// A topic that was made anew under a stopped group is read from its beginning, loudly, and nobody is told twice.
    @Test(arguments: [0, 1, 3, 8]) func aLogMadeAnewIsReadFromItsBeginning(_ count: Int) async throws {
        try await withDatabase(Self.migrations) { database in
            let service = Service(database)
            let known = event("known")
            try await withLog { log in
                try await create(on: log)
                try await append([known, event("a"), event("nothing")], to: log)
                try await run(service, on: log, until: 3)
            }
            try await withLog { log in
                try await create(on: log)
                let new = (0..<count).map { event("new \($0)") }
                try await append(new + (count > 0 ? [known] : []), to: log)
                // The offsets of a Kafka topic outlive it.
                try await log.moveOffsets(group: "g", to: [LogPosition(topic: "orders", partition: 0, offset: 3)])
                let metrics = Metrics()
                try await run(service, on: log, until: Int64(count > 0 ? count + 1 : 0), metrics: metrics) { consumer in
                    let complaint = consumer.health.complaint?.text ?? ""
                    #expect(complaint.contains("orders/0, read again: the log does not hold"), "\(complaint)")
                }
                #expect(metrics.render().contains(#"orderlog_group_read_again_total{group="g",reason="log"} 1"#))
                try await append([event("last")], to: log)
                try await run(service, on: log, until: Int64(count > 0 ? count + 2 : 1)) {
                    #expect($0.health.complaint == nil, "once is enough")
                }
                #expect(service.wholeness.withLock { $0.first == true && $0.last == false }, "another log has begun")
                let expected = ["known", "a"] + (0..<count).map { "new \($0)" } + ["last"]
                #expect(service.told.withLock { $0 } == expected && service.noted.withLock(\.isEmpty))
            }
        }
    }

    /// A database from a backup reads again what it lacks, and notes it; what nobody had read is told.
    @Test func anOlderDatabaseTellsNobodyTwice() async throws {
        try await withLog { log in
            try await create(on: log)
            try await append([event("a"), event("b"), event("c"), event("d")], to: log)
            try await withDatabase(Self.migrations) { database in
                let service = Service(database)
                try await run(service, on: log, until: 4)
            }
            try await append([event("e")], to: log)
            try await withDatabase(Self.migrations) { database in
                // As it was behind the first event.
                let first = try await log.read(topic: "orders", partition: 0, from: 0, limit: 1)
                try await SQLiteGroupMemory(database).remember(Bookmarks(group: "g", behind: first))
                let service = Service(database)
                try await run(service, on: log, until: 5) {
                    #expect($0.health.complaint?.text.contains("the database knows of it up to 1") == true)
                }
                #expect(
                    service.wholeness.withLock { !$0.contains(true) }, "some were read by the database that is gone")
                #expect(service.noted.withLock { $0 } == ["b", "c", "d"] && service.told.withLock { $0 } == ["e"])
            }
        }
    }

    /// A database that is new where the group is not: it begins where the group was, and rewound it notes.
    @Test func aFreshDatabaseTellsNobodyTwice() async throws {
        try await withLog { log in
            try await create(on: log)
            try await append([event("a"), event("b")], to: log)
            try await withDatabase(Self.migrations) { try await run(Service($0), on: log, until: 2) }
            try await append([event("c")], to: log)
            try await withDatabase(Self.migrations) { database in
                let service = Service(database)
                try await run(service, on: log, until: 3)
                #expect(service.told.withLock { $0 } == ["c"] && service.noted.withLock(\.isEmpty))
                try await log.moveOffsets(group: "g", to: [LogPosition(topic: "orders", partition: 0, offset: 0)])
                try await run(service, on: log, until: 3)
                #expect(service.told.withLock { $0 } == ["c"] && service.noted.withLock { $0 } == ["a", "b"])
                #expect(service.wholeness.withLock { !$0.contains(true) })
            }
        }
    }
}
