import EventLog
import Foundation
import TestLog

/// Runs `body` on a log in a temporary folder that is gone after it.
func withLog(_ body: (FaultyLog) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "inbox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let log = FaultyLog(try await EmbeddedEventLog(path: folder.path + "/log.db"))
    do {
        try await body(log)
    } catch {
        await log.close()
        throw error
    }
    await log.close()
}

struct Failed: Error {
    var what: String
}

/// Waits until `condition` holds; throws after 30 s.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Failed(what: what) }
        try await Task.sleep(for: .milliseconds(10))
    }
}
