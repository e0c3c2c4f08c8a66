/// Who reads as a consumer group, now.
package struct GroupMembers: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        /// What the log knows it by: Kafka's member id, or `process 4711`.
        package var id: String
        package var host: String
        /// The partitions that it reads; their offsets mean nothing.
        package var partitions: [LogPosition]

        package init(id: String, host: String, partitions: [LogPosition]) {
            self.id = id
            self.host = host
            self.partitions = partitions
        }
    }

    /// Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, …
    package var state: String
    package var members: [Member]

    package init(state: String, members: [Member]) {
        self.state = state
        self.members = members
    }
}
