import Dispatch
import SQLite

/// The write lock of a service's database, held by the test: the service's next commit waits.
final class HeldLock: Sendable {
    private let database: SQLiteDatabase
    private let letGo = DispatchSemaphore(value: 0)
    private let holding: Task<Void, Never>

    init(_ path: String) async throws {
        let database = try await openForChanges(path)
        let letGo = letGo
        let (held, isHeld) = AsyncStream.makeStream(of: Void.self)
        self.database = database
        holding = Task {
            _ = try? await database.write { _ in
                isHeld.finish()
                // On the database's own thread, which may block.
                letGo.wait()
            }
        }
        for await _ in held {}
    }

    func release() async {
        letGo.signal()
        await holding.value
        await database.close()
    }
}
