/// Until when the caller of a request waits for its answer.
package enum RequestDeadline {
    /// Of the request that this task serves; nil in the services' own work, which takes its time.
    @TaskLocal package static var current: ContinuousClock.Instant?
}

/// The deadline came before the answer. What was begun goes on.
package struct DeadlinePassed: Error, Sendable, Hashable {
    /// Whether it was begun, and may be done yet; otherwise it never will be.
    package var wasBegun: Bool

    package init(wasBegun: Bool) {
        self.wasBegun = wasBegun
    }
}
