import EventLog
import Timestamps

/// Of which topics a database knows all that happened, and since when. Only such a database can say that something did not
/// happen; so where anything is uncertain, it does not say so.
enum CompleteTopics {
    /// Since when; without the topics of which something may be lacking. All partitions of a topic count, and each
    /// - was read from its first record on, which the log still holds,
    /// - by this database, and never on another log,
    /// - from the day when the database was new: what an import brings may go on with what is not in it.
    ///
    /// `partitions` is how many each topic has by its declaration. With another number of them the events of one order may
    /// be in two partitions, and be read in any order.
    static func since(
        _ ranges: [LogPartition: PartitionRange], _ remembered: [LogPartition: RememberedPartition],
        partitions: [String: Int]
    ) -> [String: Timestamp] {
        Dictionary(grouping: ranges, by: \.key.topic).compactMapValues { ranges in
            guard let topic = ranges.first?.key.topic, partitions[topic] == ranges.count else { return nil }
            var since = Timestamp(milliseconds: 0)
            for (partition, range) in ranges {
                guard range.earliest == 0, let known = remembered[partition], known.horizon.offset == 0,
                    known.voidOffset == nil, known.horizon.time > 0
                else { return nil }
                // The horizon of a database that is new lies this far back; of others it is later than it need be.
                since = max(since, Timestamp(milliseconds: known.horizon.time + StartPlan.memoryOfOffsets))
            }
            return since
        }
    }
}
