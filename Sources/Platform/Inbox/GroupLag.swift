import EventLog
import Timestamps

/// How far a group is behind what it reads.
struct GroupLag: Sendable {
    /// Records that wait for it.
    var records = 0
    /// Since when the first of them has waited; nil: none does.
    var since: Timestamp?
}

/// How long the records of a partition have waited, by the ends that it was seen to have: no record is read for that.
struct PartitionMarks {
    private struct Mark {
        /// Records before this offset were there,
        var end: Int64
        /// at this time.
        var at: Timestamp
    }

    /// Every other one is forgotten when there are more.
    private static let most = 64
    private var marks: [Mark] = []

    var count: Int { marks.count }

    /// `start`: the offset of the first record that waits; `end`: that of the next one to come; `first`: when the first one came, where
    /// that is known. Answers since when it has waited; nil: none does.
    mutating func note(start: Int64, end: Int64, first: Timestamp? = nil, at now: Timestamp) -> Timestamp? {
        marks.removeAll { $0.end <= start || $0.end > end }
        guard start < end else { return nil }
        if let first, marks.isEmpty { marks.append(Mark(end: start + 1, at: min(first, now))) }
        if marks.last.map({ $0.end < end }) ?? true { marks.append(Mark(end: end, at: now)) }
        if marks.count > Self.most {
            marks = marks.enumerated().filter { $0.offset % 2 == 0 || $0.offset == marks.count - 1 }.map(\.element)
        }
        return marks.first?.at
    }
}
