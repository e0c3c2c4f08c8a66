package import EventLog

/// What a service's database remembers of the log that its group reads; all replicas share it.
package protocol GroupMemory: Sendable {
    /// What is remembered of each partition, and whether the inbox knows of any event at all.
    func recall(group: String) async throws -> (partitions: [LogPartition: RememberedPartition], isInboxEmpty: Bool)

    /// Moves bookmarks on; one that is further already stays.
    func remember(_ bookmarks: Bookmarks) async throws

    /// Returns once all that was committed so far, bookmarks and the work behind them, survives a power cut: a log's offset that is
    /// further on than the database means that the database was set back. `now`: as soon as may be.
    func secure(now: Bool) async throws

    /// Puts this in the place of what is remembered of these partitions.
    func replace(_ partitions: [LogPartition: RememberedPartition], group: String) async throws
}

/// For a group whose work leaves nothing in a database.
package struct NoGroupMemory: GroupMemory {
    package init() {}
    package func recall(
        group: String
    ) async throws -> (partitions: [LogPartition: RememberedPartition], isInboxEmpty: Bool) { ([:], false) }
    package func remember(_ bookmarks: Bookmarks) async throws {}
    package func secure(now: Bool) async throws {}
    package func replace(_ partitions: [LogPartition: RememberedPartition], group: String) async throws {}
}
