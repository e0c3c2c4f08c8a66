import Dispatch
import SQLite

/// The write lock of a service's database, held by the test: the service's next commit waits.
final class HeldLock: Sendable {
    private let database: SQLiteDatabase
    private let letGo = DispatchSemaphore(value: 0)
    private let holding: Task<Void, Never>

    /// Throws when the lock can't be had within SQLite's busy timeout.
    init(_ path: String) async throws {
        let database = try await openForChanges(path)
        let letGo = letGo
        let (held, isHeld) = AsyncThrowingStream.makeStream(of: Void.self)
        self.database = database
        holding = Task {
            do {
                try await database.write { _ in
                    isHeld.finish()
                    // On the database's own thread, which may block.
                    letGo.wait()
                }
            } catch {
                isHeld.finish(throwing: error)
            }
        }
        do {
            for try await _ in held {}
        } catch {
            await database.close()
            throw error
        }
    }

    func release() async {
        letGo.signal()
        await holding.value
        await database.close()
    }
}
