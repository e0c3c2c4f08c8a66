package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String
}

/// Waits for a condition, for 30 seconds at most; then throws what never happened.
package func waitUntil(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened(description: "never: \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
