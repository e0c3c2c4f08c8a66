import Deadlines
import Foundation
import SQLite
import Synchronization
import Testing

private let numbers = [
    SQLiteMigration(
        version: 1, name: "numbers",
        sql: """
            CREATE TABLE numbers (n INTEGER PRIMARY KEY CHECK (n >= 0), note TEXT) STRICT;
            CREATE TABLE parts (
                n INTEGER PRIMARY KEY, whole INTEGER REFERENCES numbers DEFERRABLE INITIALLY DEFERRED
            ) STRICT;
            """)
]

private struct Refusal: Error {}

private func insert(_ n: Int, in connection: SQLiteConnection) throws {
    try connection.execute("INSERT INTO numbers (n) VALUES (?)", [.int(n)])
}

/// A database whose writer is held while writes are asked for, so that they wait together.
private struct HeldDatabase {
    let database: SQLiteDatabase
    private let gate = DispatchSemaphore(value: 0)
    private let holding: Task<Void, any Error>

    static func with(
        name: String = "test", limits: WriteLimits = WriteLimits(time: .seconds(300)),
        _ body: (HeldDatabase) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let database = try await SQLiteDatabase(
                path: "\(folder)/\(name).db", role: .owner, migrations: numbers, writes: limits)
            let held = try await HeldDatabase(database)
            try await body(held)
            held.letGo()
            try await held.holding.value
            await database.close()
        }
    }

    private init(_ database: SQLiteDatabase) async throws {
        self.database = database
        let isHeld = Atomic(false)
        holding = Task { [gate] in
            // It blocks the writer's own thread alone, and lets go once; it changes nothing.
            try await database.write { _ in
                isHeld.store(true, ordering: .releasing)
                gate.wait()
                gate.signal()
            }
        }
        try await eventually { isHeld.load(ordering: .acquiring) }
    }

    func letGo() { gate.signal() }

    /// Asks for a write, and returns once it waits.
    func ask<T: Sendable>(
        weight: Int = 1, _ body: @escaping @Sendable (SQLiteConnection) throws -> T
    ) async throws -> Task<T, any Error> {
        let before = database.waitingWrites
        let task = Task { [database] in try await database.write(weight: weight, body) }
        try await eventually { database.waitingWrites == before + 1 }
        return task
    }

    /// What is committed.
    func committed() async throws -> [Int64] {
        try await database.read { try $0.rows("SELECT n FROM numbers ORDER BY n") { $0.int(0) } }
    }
}

/// How many numbers a reader sees while a write runs.
private func seen(in path: String) throws -> Int64 {
    let done = DispatchSemaphore(value: 0)
    let count = Mutex<Int64>(-1)
    Task {
        let reader = try await SQLiteDatabase(path: path, role: .readOnly)
        let found = try await reader.read { try $0.first("SELECT count(*) FROM numbers") { $0.int(0) } ?? -1 }
        count.withLock { $0 = found }
        await reader.close()
        done.signal()
    }
    // It blocks the writer's own thread alone.
    guard done.wait(timeout: .now() + 60) == .success else { throw Refusal() }
    return count.withLock { $0 }
}

@Suite("Writes that wait together")
struct WriteGatheringTests {
    @Test("share one commit, in the order of the calls")
    func oneCommit() async throws {
        try await HeldDatabase.with { held in
            let path = held.database.path
            var tasks: [Task<[Int64], any Error>] = []
            for n in 0..<10 {
                let body: @Sendable (SQLiteConnection) throws -> [Int64] = { connection in
                    try insert(n, in: connection)
                    if n == 9 { #expect(try seen(in: path) == 0) }
                    return try connection.rows("SELECT n FROM numbers ORDER BY n") { $0.int(0) }
                }
                tasks.append(try await held.ask(body))
            }
            held.letGo()
            for (n, task) in tasks.enumerated() { #expect(try await task.value == (0...Int64(n)).map { $0 }) }
        }
    }

    @Test("are not harmed by one that throws, and see nothing of it")
    func neighbours() async throws {
        try await HeldDatabase.with { held in
            // Each takes the next number: what an earlier run has done must be gone.
            let next: @Sendable (SQLiteConnection) throws -> Int64 = { connection in
                try connection.execute("INSERT INTO numbers (n) SELECT coalesce(max(n), -1) + 1 FROM numbers")
                return connection.lastInsertedRowID
            }
            var tasks: [Task<Int64, any Error>] = []
            for n in 0..<9 {
                tasks.append(
                    try await held.ask { connection in
                        let taken = try next(connection)
                        if n.isMultiple(of: 4) { throw Refusal() }
                        return taken
                    })
            }
            held.letGo()
            var taken: [Int64] = []
            for (n, task) in tasks.enumerated() {
                if n.isMultiple(of: 4) {
                    await #expect(throws: Refusal.self) { try await task.value }
                } else {
                    taken.append(try await task.value)
                }
            }
            #expect(taken == [0, 1, 2, 3, 4, 5])
            #expect(try await held.committed() == taken)
        }
    }

    @Test("say that they are committed, also where nobody waits any more, and only then")
    func sayThatTheyAreCommitted() async throws {
        try await HeldDatabase.with { held in
            let told = Mutex<[Int]>([])
            let (database, gate) = (held.database, DispatchSemaphore(value: 0))
            let hasBegun = Atomic(false)
            held.letGo()
            await #expect(throws: Refusal.self) {
                try await database.write(committed: { _ in told.withLock { $0.append(0) } }) { _ -> Void in
                    throw Refusal()
                }
            }
            let late = Task {
                // Time enough to begin; the gate opens when it is over.
                try await RequestDeadline.$current.withValue(.now + .seconds(10)) {
                    try await database.write(committed: { _ in told.withLock { $0.append(1) } }) { connection in
                        hasBegun.store(true, ordering: .releasing)
                        try insert(1, in: connection)
                        gate.wait()
                    }
                }
            }
            try await eventually { hasBegun.load(ordering: .acquiring) }
            await #expect(throws: DeadlinePassed(wasBegun: true)) { try await late.value }
            #expect(told.withLock { $0 } == [])
            gate.signal()
            try await database.write { _ in }
            #expect(told.withLock { $0 } == [1])
        }
    }

    @Test("each get what they broke, though SQLite says so only at the commit")
    func deferredConstraint() async throws {
        try await HeldDatabase.with { held in
            let before = try await held.ask { try insert(1, in: $0) }
            let broken = try await held.ask { try $0.execute("INSERT INTO parts VALUES (1, 77)") }
            let after = try await held.ask { try insert(2, in: $0) }
            held.letGo()
            try await before.value
            let error = await #expect(throws: SQLiteError.self) { try await broken.value }
            #expect(error?.kind == .constraint)
            #expect(error?.isOutcomeUnknown == false)
            try await after.value
            #expect(try await held.committed() == [1, 2])
        }
    }

    /// SQLite rolls all of it back by itself then, and would commit what follows statement by statement.
    @Test("survive that one of them finds the disk full", arguments: [false, true])
    func fullInTheMiddle(isIgnored: Bool) async throws {
        try await HeldDatabase.with { held in
            let limit = try await held.ask { connection in
                _ = try connection.first("PRAGMA max_page_count = 8") { $0.int(0) }
                try insert(1, in: connection)
            }
            let before = try await held.ask { try insert(2, in: $0) }
            let large = try await held.ask { connection in
                try insert(3, in: connection)
                let text = SQLiteValue.text(String(repeating: "x", count: 100_000))
                do {
                    try connection.execute("INSERT INTO numbers VALUES (4, ?)", [text])
                } catch {
                    if !isIgnored { throw error }
                }
                try? insert(5, in: connection)
            }
            let after = try await held.ask { try insert(6, in: $0) }
            held.letGo()
            try await limit.value
            try await before.value
            let error = await #expect(throws: SQLiteError.self) { try await large.value }
            #expect(error?.kind == .full)
            try await after.value
            #expect(try await held.committed() == [1, 2, 6])
            #expect(held.database.trouble == nil, "others were written since")
        }
    }

    @Test("survive several that find the disk full, and one that throws")
    func fullAgainAndAgain() async throws {
        try await HeldDatabase.with { held in
            let limit = try await held.ask { connection in
                _ = try connection.first("PRAGMA max_page_count = 8") { $0.int(0) }
            }
            var tasks: [Task<Void, any Error>] = []
            for n in 0..<12 {
                tasks.append(
                    try await held.ask { connection in
                        try insert(n, in: connection)
                        if n % 3 == 1 { throw Refusal() }
                        guard n % 3 == 2 else { return }
                        let text = SQLiteValue.text(String(repeating: "x", count: 100_000))
                        try connection.execute("INSERT INTO numbers VALUES (?, ?)", [.int(100 + n), text])
                    })
            }
            held.letGo()
            try await limit.value
            for (n, task) in tasks.enumerated() {
                switch n % 3 {
                case 0: try await task.value
                case 1: await #expect(throws: Refusal.self) { try await task.value }
                default:
                    let error = await #expect(throws: SQLiteError.self) { try await task.value }
                    #expect(error?.kind == .full)
                }
            }
            #expect(try await held.committed() == [0, 3, 6, 9])
        }
    }

    @Test("follow one that ended their transaction as if they had a new one")
    func endedTransaction() async throws {
        try await HeldDatabase.with { held in
            let before = try await held.ask { try insert(1, in: $0) }
            let ending = try await held.ask { connection in
                try insert(2, in: connection)
                try connection.execute("ROLLBACK")
            }
            let after = try await held.ask { try insert(3, in: $0) }
            held.letGo()
            try await before.value
            await #expect(throws: SQLiteError.self) { try await ending.value }
            try await after.value
            #expect(try await held.committed() == [1, 3])
        }
    }

    @Test("all get the error of a commit that could not be synced, and what was in it may be there all the same")
    func failedSync() async throws {
        let disk = FailingDisk()
        try await HeldDatabase.with(name: disk.mark) { held in
            let failing = try await held.ask { connection in
                try insert(1, in: connection)
                disk.fails = true
            }
            let refused = try await held.ask { connection in
                try insert(2, in: connection)
                throw Refusal()
            }
            let neighbour = try await held.ask { try insert(3, in: $0) }
            held.letGo()
            // What comes after it is not begun as long as the log is in doubt.
            for (task, isOutcomeUnknown) in [(failing, true), (refused, true), (neighbour, false)] {
                let error = await #expect(throws: SQLiteError.self) { try await task.value }
                #expect(error?.kind == .io)
                #expect(error?.isOutcomeUnknown == isOutcomeUnknown)
            }
            #expect(held.database.trouble != nil)
            disk.fails = false
            try await held.database.write { try insert(4, in: $0) }
            #expect(try await held.committed() == [4])
            #expect(held.database.trouble == nil)
        }
    }

    @Test("are dropped at their request's deadline where they were not begun")
    func deadline() async throws {
        try await HeldDatabase.with { held in
            let late = try await RequestDeadline.$current.withValue(.now) {
                try await held.ask { try insert(1, in: $0) }
            }
            let other = try await held.ask { try insert(2, in: $0) }
            await #expect(throws: DeadlinePassed(wasBegun: false)) { try await late.value }
            held.letGo()
            try await other.value
            #expect(try await held.committed() == [2])
        }
    }

    @Test("are refused where too many requests wait; work of the service's own is not")
    func tooMany() async throws {
        try await HeldDatabase.with(limits: WriteLimits(maximumWaiting: 2)) { held in
            let end = ContinuousClock.now + .seconds(300)
            try await RequestDeadline.$current.withValue(end) {
                let first = try await held.ask { try insert(1, in: $0) }
                let second = try await held.ask { try insert(2, in: $0) }
                let error = await #expect(throws: SQLiteError.self) {
                    try await held.database.write { try insert(3, in: $0) }
                }
                #expect(error?.kind == .tooManyWaiting)
                let own = try await RequestDeadline.$current.withValue(nil) {
                    try await held.ask { try insert(4, in: $0) }
                }
                held.letGo()
                for task in [first, second, own] { try await task.value }
                try await held.database.write { try insert(5, in: $0) }
            }
            #expect(try await held.committed() == [1, 2, 4, 5])
        }
    }

    @Test("do not all go into one transaction where they weigh too much")
    func weights() async throws {
        try await HeldDatabase.with { held in
            let path = held.database.path
            var tasks: [Task<Int64, any Error>] = []
            for (n, weight) in [6_000, 4_000, 1, 10_000, 20_000, 1, 1].enumerated() {
                let body: @Sendable (SQLiteConnection) throws -> Int64 = { connection in
                    try insert(n, in: connection)
                    return try seen(in: path)
                }
                tasks.append(try await held.ask(weight: weight, body))
            }
            held.letGo()
            var before: [Int64] = []
            for task in tasks { before.append(try await task.value) }
            // Each sees as many as were committed before: the third, and those that are heavy, begin another.
            #expect(before == [0, 0, 2, 3, 4, 5, 5])
        }
    }

    @Test("do not all go into one transaction where they are many")
    func number() async throws {
        try await HeldDatabase.with(limits: WriteLimits(maximumWrites: 2, time: .seconds(300))) { held in
            let path = held.database.path
            var tasks: [Task<Int64, any Error>] = []
            for n in 0..<5 {
                tasks.append(
                    try await held.ask { connection in
                        try insert(n, in: connection)
                        return try seen(in: path)
                    })
            }
            held.letGo()
            var before: [Int64] = []
            for task in tasks { before.append(try await task.value) }
            #expect(before == [0, 0, 2, 2, 4])
        }
    }

    @Test("wait for the next transaction where one of them takes long")
    func time() async throws {
        try await HeldDatabase.with(limits: WriteLimits(time: .milliseconds(1))) { held in
            let path = held.database.path
            let slow = try await held.ask { connection in
                try insert(1, in: connection)
                let end = ContinuousClock.now + .milliseconds(2)
                while ContinuousClock.now < end {}
            }
            let next = try await held.ask { connection in
                try insert(2, in: connection)
                return try seen(in: path)
            }
            held.letGo()
            try await slow.value
            #expect(try await next.value == 1)
        }
    }
}
