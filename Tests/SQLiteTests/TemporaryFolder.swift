import Foundation
import Testing

/// Runs `body` with the path of a new folder, which is removed afterwards.
func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

func bytes(ofFile path: String) -> Data? { FileManager.default.contents(atPath: path) }

/// Waits until `condition` holds, 20 s at most.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "it did not come true within 20 s")
        try await Task.sleep(for: .milliseconds(5))
    }
}
