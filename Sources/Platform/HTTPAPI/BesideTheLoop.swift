/// Does work of milliseconds on Swift's threads: on an event loop every other connection would wait for it.
package func besideTheLoop<Value: Sendable>(_ work: @Sendable () async throws -> Value) async rethrows -> Value {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await work() }
}
