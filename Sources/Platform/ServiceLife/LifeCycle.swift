import Synchronization

/// Whether a service is on its way out; shared by its health routes and its parts.
package final class LifeCycle: Sendable {
    private let stopping = Atomic(false)

    package init() {}

    package var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// For good. Readiness is answered 503 from now on.
    package func beginStopping() { stopping.store(true, ordering: .relaxed) }
}
