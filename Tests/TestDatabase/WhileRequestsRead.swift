import Deadlines
import Dispatch
package import PostgreSQL
package import SQLite

/// Runs `body` while reads of requests hold every connection that requests have, and more of them wait: what gets on
/// nevertheless reads on connections that no request takes.
package func whileRequestsRead(_ database: SQLiteDatabase, _ body: () async throws -> Void) async throws {
    try await hold({ job in try await database.read { _ in job() } }, body)
}

package func whileRequestsRead(_ database: PostgreSQLDatabase, _ body: () async throws -> Void) async throws {
    try await hold({ job in try await database.read { _ in job() } }, body)
}

private func hold(
    _ read: @escaping @Sendable (@escaping @Sendable () -> Void) async throws -> Void, _ body: () async throws -> Void
) async throws {
    let gate = DispatchSemaphore(value: 0)
    try await withThrowingTaskGroup(of: Void.self) { requests in
        for _ in 0..<12 {
            requests.addTask {
                try await asRequest(within: .seconds(300)) {
                    try await read {
                        gate.wait()
                        // Whoever waits at it is next.
                        gate.signal()
                    }
                }
            }
        }
        do {
            // A request comes to nothing once all of them are held.
            while (try? await asRequest(within: .milliseconds(200)) { try await read {} }) != nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await body()
        } catch {
            gate.signal()
            throw error
        }
        gate.signal()
        try await requests.waitForAll()
    }
}

private func asRequest(within limit: Duration, _ body: () async throws -> Void) async throws {
    try await RequestDeadline.$current.withValue(.now + limit) { try await body() }
}
