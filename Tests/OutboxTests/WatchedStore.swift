import Synchronization

@testable import Outbox

/// A store whose commits of what steps aside a test can hold up, and that counts what its relay asked.
final class WatchedStore: OutboxStore {
    private struct State {
        var isClosed = false
        /// How many are held up now.
        var heldUp = 0
        var frees = 0
        var backlogs = 0
        var looks = 0
        var failsMarks = false
        var failedMarks = 0
    }
    struct Failed: Error {}

    private let store: any OutboxStore
    private let state = Mutex(State())

    init(_ store: any OutboxStore) { self.store = store }

    /// From here on nothing steps aside until `letAside`.
    func holdAside() { state.withLock { $0.isClosed = true } }
    func letAside() { state.withLock { $0.isClosed = false } }

    /// Whether something waits to step aside.
    var holdsSomething: Bool { state.withLock { $0.heldUp > 0 } }
    /// How often everything that was aside was freed.
    var frees: Int { state.withLock { $0.frees } }
    var backlogs: Int { state.withLock { $0.backlogs } }
    /// How often it was asked what is pending.
    var looks: Int { state.withLock { $0.looks } }

    /// Whether nothing can be marked as published from here on.
    func fail(marks: Bool) { state.withLock { $0.failsMarks = marks } }
    var failedMarks: Int { state.withLock { $0.failedMarks } }

    func putAside(_ refusals: [OutboxRefusal]) async throws {
        state.withLock { $0.heldUp += 1 }
        defer { state.withLock { $0.heldUp -= 1 } }
        while state.withLock({ $0.isClosed }) { try await Task.sleep(for: .milliseconds(2)) }
        try await store.putAside(refusals)
    }

    func freeAside(limit: Int) async throws -> Int {
        let freed = try await store.freeAside(limit: limit)
        if freed < limit { state.withLock { $0.frees += 1 } }
        return freed
    }

    func backlog() async throws -> OutboxBacklog {
        let backlog = try await store.backlog()
        state.withLock { $0.backlogs += 1 }
        return backlog
    }

    func standing() async throws -> OutboxStanding { try await store.standing() }

    func pending(limit: Int) async throws -> [OutboxRow] {
        state.withLock { $0.looks += 1 }
        return try await store.pending(limit: limit)
    }
    func due(limit: Int) async throws -> [OutboxRow] { try await store.due(limit: limit) }
    func markPublished(_ positions: [Int64]) async throws {
        let fails = state.withLock { state in
            if state.failsMarks { state.failedMarks += 1 }
            return state.failsMarks
        }
        if fails { throw Failed() }
        try await store.markPublished(positions)
    }
    func markRefused(_ refusals: [OutboxRefusal]) async throws { try await store.markRefused(refusals) }
    func freeOrphans() async throws { try await store.freeOrphans() }
    func removePublished(olderThan seconds: Int64, limit: Int) async throws -> Int {
        try await store.removePublished(olderThan: seconds, limit: limit)
    }
}
