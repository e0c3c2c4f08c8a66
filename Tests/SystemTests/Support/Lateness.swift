import Foundation
import Synchronization

/// How much time a thread of this process did not get that wanted it: what a promise of so many seconds is to be forgiven on a
/// machine that also runs all the other tests.
final class Lateness: Sendable {
    private let total = Mutex(0.0)
    private static let nap = 0.05

    init() {
        Thread.detachNewThread { [weak self] in
            var last = ProcessInfo.processInfo.systemUptime
            while true {
                Thread.sleep(forTimeInterval: Self.nap)
                let now = ProcessInfo.processInfo.systemUptime
                guard let self else { return }
                self.total.withLock { $0 += max(now - last - Self.nap, 0) }
                last = now
            }
        }
    }

    var milliseconds: Int64 { Int64(total.withLock { $0 } * 1_000) }
}
