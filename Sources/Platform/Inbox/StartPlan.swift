import EventLog

/// Where a group goes on in a partition, from what its database remembers, what the log's offsets say, and what the log
/// holds. Decides, and does nothing.
///
/// The database's word counts: the log's committed offset follows it, and can only lag behind.
struct StartPlan: Sendable, Hashable {
    /// What is not as it was left; all of these are told loudly.
    enum Finding: Sendable, Hashable {
        /// The log does not hold what was read: it was made anew, or cut. It is read from its beginning.
        case otherLog(String)
        /// The group had read more than the database knows: it was restored from an older copy. What is missing is read
        /// again.
        case olderDatabase(String)
        /// The offset lay beyond the log's end, and the log holds what was read: somebody has moved it.
        case offsetBeyondEnd(String)
        /// The log has dropped records that the group had not read: its retention is shorter than the group was away.
        case dropped(String)

        var text: String {
            switch self {
            case .otherLog(let text), .olderDatabase(let text), .offsetBeyondEnd(let text), .dropped(let text): text
            }
        }
    }

    /// How long Kafka keeps the offsets of a group without members, unless told otherwise: what happened earlier, a group
    /// without offsets and with an empty inbox can't know not to have handled. In milliseconds.
    static let memoryOfOffsets: Int64 = 7 * 24 * 60 * 60 * 1_000

    /// Stands for the offset of another log where none was committed: that there was another log is remembered, too.
    static let noOffset: Int64 = -1

    var start: Int64
    var mustCommit = false
    /// What is to be remembered before anything is read.
    var remembered: RememberedPartition
    var finding: Finding?

    /// - Parameters:
    ///   - known: nil when nothing is remembered of the partition.
    ///   - isGroupNew: nothing is remembered or committed of any partition.
    ///   - committed: the group's offset on the log; nil without one.
    ///   - found: the record at the bookmark's offset; nil without one.
    ///   - now: milliseconds since 1970.
    init(
        _ partition: LogPartition, _ known: RememberedPartition?, isInboxEmpty: Bool, isGroupNew: Bool,
        committed: Int64?,
        range: PartitionRange, found: StoredRecord?, now: Int64
    ) {
        start = range.earliest
        remembered = known ?? RememberedPartition()
        if known == nil {
            // An inbox that has events on a log where its group is new was restored: it may lack some.
            remembered.horizon.time = isInboxEmpty ? max(now - Self.memoryOfOffsets, 0) : isGroupNew ? now : 0
        }
        let bookmark = remembered.bookmark
        // How far the database knows to have read; nil: it knows nothing.
        let next = bookmark.map { $0.offset + 1 } ?? known.map { max($0.horizon.offset, range.earliest) }
        // A bookmark is written before its offset is committed: an offset further on is not this database's.
        let isAhead = committed.map { committed in next.map { committed > $0 } ?? false } ?? false
        let isVoid = isAhead && committed == remembered.voidOffset
        let valid = isVoid ? nil : committed

        if let bookmark, bookmark.offset >= range.earliest, !Self.isThere(bookmark, found) {
            let instead = bookmark.offset < range.end ? "another stands there" : "it ends at \(range.end)"
            startAnew(
                "the log does not hold the record that was read last, \(bookmark.text): \(instead)", committed)
        } else if let valid, valid > range.end, bookmark.map({ $0.offset < range.earliest }) ?? true {
            startAnew("the log ends at \(range.end), and the group had read up to \(valid)", committed)
            // Of what happened before, an inbox that is new can't know whether it was told.
            if known == nil, isInboxEmpty { remembered.horizon.time = now }
        } else if let next, let committed, isAhead {
            start = max(next, range.earliest)
            mustCommit = true
            guard !isVoid else { return }
            remembered.voidOffset = committed
            guard committed <= range.end else {
                finding = .offsetBeyondEnd(
                    "the log ends at \(range.end), and the group's offset was \(committed): nobody has read up to there"
                )
                return
            }
            remembered.horizon.offset = max(remembered.horizon.offset, committed)
            finding = .olderDatabase(
                "the group had read up to \(committed), and the database knows of it up to \(next): what lies between is noted, and nobody is told again"
            )
        } else if let committed {
            start = max(committed, range.earliest)
            // Another database, or an earlier version of the program, has read up to there.
            if known == nil { remembered.horizon.offset = committed }
        }
        // Of a bookmark that lies before the begin nothing can be said but this.
        if finding == nil, let reached = [next, committed].compactMap(\.self).max(), reached < range.earliest {
            finding = .dropped(
                "the log begins at \(range.earliest), and the group had read up to \(reached): what lay between it never reads"
            )
        }
    }

    /// A record out of which a customer was erased since is known by its event's id.
    private static func isThere(_ bookmark: Bookmark, _ found: StoredRecord?) -> Bool {
        guard let found, found.position.offset == bookmark.offset else { return false }
        if RecordFingerprint.of(found) == bookmark.fingerprint { return true }
        return found.isErased && Bookmark(found).eventID == bookmark.eventID
    }

    /// The inbox knows what of it was handled before, under the same `ce_id`; the rest is new, and told.
    private mutating func startAnew(_ reason: String, _ committed: Int64?) {
        mustCommit = true
        finding = .otherLog(reason)
        remembered = RememberedPartition(
            bookmark: nil, horizon: Horizon(offset: 0, time: remembered.horizon.time),
            voidOffset: committed ?? Self.noOffset)
    }
}
