import ConnectionThreads

/// Places orders as a plan says.
package enum Load {
    /// Returns when all requests are answered or given up, on a thread of its own all the while. `stop` is asked some twenty
    /// times a second; `measuring` is called when the warm-up is over, `told` once a second; both have to be quick.
    package static func run(
        _ plan: LoadPlan, stop: @escaping @Sendable () -> Bool, measuring: @escaping @Sendable () -> Void,
        told: @escaping @Sendable (Placed) -> Void
    ) async throws -> Placed {
        try await withCheckedThrowingContinuation { continuation in
            let isStarted = startThread("load") {
                continuation.resume(
                    with: Result {
                        let address = try plan.target.reach(within: 3_000)
                        return try Placing(plan, at: address, stop: stop, measuring: measuring, told: told).run()
                    })
            }
            if !isStarted { continuation.resume(throwing: LoadFailure("the system has no thread to give")) }
        }
    }
}
