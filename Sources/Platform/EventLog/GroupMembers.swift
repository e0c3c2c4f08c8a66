/// Who reads as a consumer group, now.
package struct GroupMembers: Sendable, Hashable {
    /// One reader of the group.
    package struct Member: Sendable, Hashable {
        /// What the log knows it by: Kafka's member id, or `process 4711`.
        package var id: String
        /// The `client.id` of Kafka's member; nil on the embedded log, which has none.
        package var clientID: String?
        /// Where it is, as the log saw it: an address, or this machine.
        package var host: String
        /// The partitions that it reads; their offsets mean nothing.
        package var partitions: [LogPosition]

        package init(id: String, clientID: String? = nil, host: String, partitions: [LogPosition]) {
            self.id = id
            self.clientID = clientID
            self.host = host
            self.partitions = partitions
        }
    }

    /// Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, …
    package var state: String
    /// Without partitions while these are given out anew.
    package var members: [Member]

    package init(state: String, members: [Member]) {
        self.state = state
        self.members = members
    }
}
