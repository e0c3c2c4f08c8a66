import Foundation
import SQLite
import Synchronization

/// How long stock that was held when a process was killed stays held, counting the time in which both the order service
/// and inventory are up: nobody else can give it back.
final class HeldStockWatch: Sendable {
    private struct State {
        /// Kills after which stock is still held: when, in milliseconds since 1970, and the time held since.
        var kills: [(at: Int64, held: Duration)] = []
        var longest: Duration = .zero
        var areUp = true
        var isOver = false
    }
    private let state = Mutex(State())
    private let path: String

    init(_ path: String) { self.path = path }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    func killed() { state.withLock { $0.kills.append((Self.now, .zero)) } }

    /// Whether both services are up from now on.
    func services(areUp: Bool) { state.withLock { $0.areUp = areUp } }

    func stop() { state.withLock { $0.isOver = true } }

    var longest: Duration? {
        let longest = state.withLock { $0.longest }
        return longest > .zero ? longest : nil
    }

    /// Looks ten times a second at the oldest batch that still holds stock.
    func run() async {
        guard let database = try? await SQLiteDatabase(path: path, role: .readOnly, readers: 1) else { return }
        var last = ContinuousClock.now
        while !state.withLock({ $0.isOver }) {
            let found = try? await database.read { connection in
                try connection.first(
                    """
                    SELECT min(o.opened_at) FROM open_batches o CROSS JOIN reservations r ON r.batch_id = o.batch_id
                    WHERE r.state = 0
                    """
                ) { $0.optionalInt(0) }
            }
            let oldest: Int64? = (found ?? nil) ?? nil
            let passed = ContinuousClock.now - last
            last = .now
            state.withLock { state in
                state.kills = state.kills.compactMap { kill in
                    guard let oldest, oldest <= kill.at else { return nil }
                    let held = kill.held + (state.areUp ? passed : .zero)
                    state.longest = max(state.longest, held)
                    return (kill.at, held)
                }
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
        await database.close()
    }
}
