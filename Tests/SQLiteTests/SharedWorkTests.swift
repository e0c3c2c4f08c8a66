import SharedWork
import Synchronization
import Testing

@testable import SQLite

/// Who follows requests hears of the transactions that they share.
@Suite(.timeLimit(.minutes(1))) struct SharedWorkTests {
    private final class Follower: RequestFollower {
        let heard = Mutex<[SharedWork]>([])

        func ended(_ work: SharedWork) { heard.withLock { $0.append(work) } }
    }

    private func withDatabase(_ body: (SQLiteDatabase) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try await SQLiteDatabase(path: folder + "/a.db", role: .owner)
            do {
                try await body(database)
            } catch {
                await database.close()
                throw error
            }
            await database.close()
        }
    }

    @Test func aTransactionIsToldToOneFollowerForAll() async throws {
        try await withDatabase { database in
            let followers = [Follower(), Follower()]
            // While this runs, the others gather behind it.
            let gate = Mutex(false)
            async let first: Void = database.write { _ in while !gate.withLock({ $0 }) {} }
            while database.waitingWrites > 0 || database.writerBusySince == nil { await Task.yield() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for follower in followers {
                    group.addTask {
                        try await FollowedRequest.$follower.withValue(follower) {
                            try await database.write { _ in }
                        }
                    }
                }
                group.addTask { try await database.write { _ in } }
                while database.waitingWrites < 3 { await Task.yield() }
                gate.withLock { $0 = true }
                try await group.waitForAll()
            }
            try await first
            while followers.allSatisfy({ $0.heard.withLock(\.isEmpty) }) { await Task.yield() }
            let heard = followers.flatMap { $0.heard.withLock { $0 } }
            #expect(heard.count == 1)
            let work = try #require(heard.first)
            #expect(work.count == 3 && work.parts.count == 2)
            #expect(work.parts.allSatisfy { $0.asked <= work.began && !$0.hasFailed } && work.began <= work.ended)
        }
    }

    @Test func whatFailsIsSaid() async throws {
        struct No: Error {}
        try await withDatabase { database in
            let follower = Follower()
            await #expect(throws: No.self) {
                try await FollowedRequest.$follower.withValue(follower) {
                    try await database.write { _ in throw No() }
                }
            }
            while follower.heard.withLock(\.isEmpty) { await Task.yield() }
            #expect(follower.heard.withLock { $0.first?.parts.first?.hasFailed } == true)
        }
    }
}
