/// How many writes may wait, and how much of them goes into one transaction.
package struct WriteLimits: Sendable, Hashable {
    /// Of requests' writes, those with a `RequestDeadline`, more are refused. The services' own work is as much as there are tasks
    /// of it.
    package var maximumWaiting: Int
    /// Writes in one transaction, 1 or more.
    package var maximumWrites: Int
    /// The sum of their weights. One that is heavier goes alone.
    package var maximumWeight: Int
    /// No write joins a transaction that has been open for longer, for everybody in it waits for its end.
    package var time: Duration

    package init(
        maximumWaiting: Int = 2_000, maximumWrites: Int = 256, maximumWeight: Int = 10_000,
        time: Duration = .milliseconds(10)
    ) {
        precondition(maximumWrites > 0, "a transaction needs a write")
        self.maximumWaiting = maximumWaiting
        self.maximumWrites = maximumWrites
        self.maximumWeight = maximumWeight
        self.time = time
    }
}
