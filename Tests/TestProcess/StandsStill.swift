package import Foundation

/// Sends a process SIGSTOP, and returns when each of its threads stands still, or after a minute: until the one that takes the
/// signal has its turn at a processor, others go on, and may answer. True when they do.
package func standStill(_ process: pid_t) async throws -> Bool {
    kill(process, SIGSTOP)
    let tasks = "/proc/\(process)/task"
    let end = ContinuousClock.now + .seconds(60)
    repeat {
        let isStill = try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { task in
            // proc(5): `pid (name) state …`; a name may have brackets of its own.
            let status = try? String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8)
            guard let status else { return true }
            return status.split(separator: ")").last?.hasPrefix(" T") == true
        }
        if isStill { return true }
        try await Task.sleep(for: .milliseconds(10))
    } while ContinuousClock.now < end
    return false
}
