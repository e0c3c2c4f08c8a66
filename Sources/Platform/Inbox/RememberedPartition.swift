import EventLog

/// What a group's database remembers of a partition.
package struct RememberedPartition: Sendable, Hashable {
    /// nil: nothing was read yet, of this log.
    package var bookmark: Bookmark?
    package var horizon: Horizon
    /// An offset that was committed for another log, or by a database that is gone: it means nothing, should it still stand.
    /// -1 where there was none; nil: all that was read is of this log, by this database.
    package var voidOffset: Int64?

    package init(bookmark: Bookmark? = nil, horizon: Horizon = Horizon(), voidOffset: Int64? = nil) {
        self.bookmark = bookmark
        self.horizon = horizon
        self.voidOffset = voidOffset
    }
}

extension RememberedPartition {
    /// Of a row of `bookmarks`, the same in both engines.
    static let columns = "topic, partition, read_offset, ce_id, fingerprint, horizon_offset, horizon_time, void_offset"

    /// From the values of `columns`, in their order.
    static func row(
        _ topic: String, _ partition: Int64, _ offset: Int64?, _ eventID: String?, _ fingerprint: [UInt8]?,
        _ horizon: Horizon, _ voidOffset: Int64?
    ) -> (LogPartition, RememberedPartition) {
        let partition = LogPartition(topic: topic, partition: Int32(partition))
        let bookmark = offset.map {
            Bookmark(partition: partition, offset: $0, eventID: eventID, fingerprint: fingerprint ?? [])
        }
        return (partition, RememberedPartition(bookmark: bookmark, horizon: horizon, voidOffset: voidOffset))
    }
}
