import ConnectionThreads
import Dispatch
import SQLite
import Synchronization
import Testing

private final class Events: Sendable {
    let all = Mutex<[String]>([])
}

@Suite("On a thread that may block")
struct WorkThreadWriteTests {
    private static let numbers = [
        SQLiteMigration(version: 1, name: "numbers", sql: "CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT")
    ]

    private static func insert(_ n: Int, in connection: SQLiteConnection) throws -> WorkThread? {
        try connection.execute("INSERT INTO numbers (n) VALUES (?)", [.int(n)])
        return WorkThread.current
    }

    /// A new database, to which `body` adds so many numbers; nothing waits when it ends.
    private func withDatabase(adding count: Int64, _ body: (SQLiteDatabase) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try await SQLiteDatabase(path: "\(folder)/test.db", role: .owner, migrations: Self.numbers)
            try await body(database)
            let found = try await database.read { try $0.first("SELECT count(*) FROM numbers") { $0.int(0) } }
            #expect(found == count && database.waitingWrites == 0)
            await database.close()
        }
    }

    @Test(
        "a lone write and a read are done there, and what comes meanwhile by the writer's thread",
        .timeLimit(.minutes(1)))
    func here() async throws {
        try await withDatabase(adding: 4) { database in
            let isWriting = Atomic(false)
            let gate = DispatchSemaphore(value: 0)
            let work = WorkThread.start("test") {
                do {
                    let writer = try await database.write { connection in
                        isWriting.store(true, ordering: .releasing)
                        gate.wait()
                        gate.signal()
                        return try Self.insert(1, in: connection)
                    }
                    #expect(writer != nil && writer === WorkThread.current)
                    let reader = try await database.read { _ in WorkThread.current }
                    #expect(reader != nil && reader === WorkThread.current)
                } catch {
                    Issue.record(error)
                }
            }
            try await eventually { isWriting.load(ordering: .acquiring) }
            let others = (2...4).map { n in
                Task { try await database.write { try Self.insert(n, in: $0) } }
            }
            try await eventually { database.waitingWrites == 3 }
            gate.signal()
            for other in others { #expect(try await other.value == nil) }
            await work.value
        }
    }

    @Test("writes of all threads together are each committed once", .timeLimit(.minutes(1)))
    func together() async throws {
        try await withDatabase(adding: 200) { database in
            // All at once, some of them there: each is committed once, whoever does it.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        let failure = Mutex<(any Error)?>(nil)
                        let body: @Sendable () async -> Void = {
                            do {
                                for n in 0..<50 {
                                    _ = try await database.write { try Self.insert(worker * 50 + n, in: $0) }
                                }
                            } catch {
                                failure.withLock { $0 = error }
                            }
                        }
                        if worker < 2 { await WorkThread.start("test", body).value } else { await body() }
                        if let error = failure.withLock(\.self) { throw error }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("what several tasks of a thread ask for shares a transaction", .timeLimit(.minutes(1)))
    func tasksOfOne() async throws {
        try await withDatabase(adding: 3) { database in
            let events = Events()
            await WorkThread.start("test") {
                await withTaskGroup(of: Void.self) { group in
                    for n in 1...3 {
                        group.addTask {
                            do {
                                try await database.write(committed: { _ in
                                    events.all.withLock { $0.append("committed") }
                                }) {
                                    let thread = try Self.insert(n, in: $0)
                                    #expect(thread != nil)
                                    events.all.withLock { $0.append("written") }
                                }
                            } catch {
                                Issue.record(error)
                            }
                        }
                    }
                }
            }.value
            let expected = Array(repeating: "written", count: 3) + Array(repeating: "committed", count: 3)
            #expect(events.all.withLock(\.self) == expected)
        }
    }
}
