package import EventLog
import Timestamps

/// The last record of a partition that a group has read, whether there was anything to do for it or not: what the log must
/// still hold when the group goes on.
package struct Bookmark: Sendable, Hashable {
    /// Bytes of a `ce_id` that are kept; ours have 36.
    private static let longestID = 100

    package var partition: LogPartition
    /// Of the record itself: the next one to read stands behind it.
    package var offset: Int64
    /// `ce_id`, for people; nil where there was none that can be shown.
    package var eventID: String?
    /// See `RecordFingerprint`.
    package var fingerprint: [UInt8]

    package init(partition: LogPartition, offset: Int64, eventID: String?, fingerprint: [UInt8]) {
        self.partition = partition
        self.offset = offset
        self.eventID = eventID
        self.fingerprint = fingerprint
    }

    package init(_ record: StoredRecord) {
        let id = record.header("ce_id").flatMap { id in
            // Whoever writes to the topic writes what he likes, and PostgreSQL takes no NUL.
            id.utf8.count <= Self.longestID && !id.utf8.contains(0) ? id : nil
        }
        self.init(
            partition: record.position.logPartition, offset: record.position.offset, eventID: id,
            fingerprint: RecordFingerprint.of(record))
    }

    var text: String { "\(partition.text):\(offset)" + (eventID.map { " (ce_id \($0))" } ?? "") }
}

/// How far a group has read, on its way into the transaction of its work.
package struct Bookmarks: Sendable, Hashable {
    package var group: String
    /// One for each partition, in order.
    package var list: [Bookmark]

    package init(group: String, list: [Bookmark]) {
        self.group = group
        self.list = list
    }

    /// Behind these records, which stand in order within each partition.
    package init(group: String, behind records: [StoredRecord]) {
        let last = Dictionary(records.map { ($0.position.logPartition, $0) }) { $1 }
        self.init(group: group, list: last.values.map { Bookmark($0) }.sorted { $0.partition < $1.partition })
    }
}

/// Where what the inbox can know ends: an event on the far side that it does not know may have been handled before the
/// database was lost or restored. It is noted, and nobody is told of it.
package struct Horizon: Sendable, Hashable {
    /// Records of lower offsets were read once, by a database that is gone.
    package var offset: Int64 = 0
    /// Milliseconds since 1970: what happened before was not for this inbox to tell.
    package var time: Int64 = 0

    package init(offset: Int64 = 0, time: Int64 = 0) {
        self.offset = offset
        self.time = time
    }

    /// Whether the record is on the far side.
    func hides(_ record: StoredRecord) -> Bool {
        if record.position.offset < offset { return true }
        guard time > 0 else { return false }
        if let written = record.writtenTime { return written.milliseconds < time }
        // A record may have no time at all: then nobody can say that it is old.
        return record.timestamp > 0 && record.timestamp < time
    }
}
