package import EventLog

/// Where a group's offsets go when it is to read events once more.
package struct RewindPlan: Sendable {
    /// The way back of one partition's offset.
    package struct Move: Sendable, Hashable {
        package var topic: String
        package var partition: Int32
        /// The offset that is committed now.
        package var from: Int64
        /// An earlier one.
        package var to: Int64
    }

    package var group: String
    /// Only of partitions that go back.
    package var moves: [Move]

    /// Records that the group reads once more.
    package var records: Int64 { moves.reduce(0) { $0 + $1.from - $1.to } }

    /// What is to be committed.
    package var positions: [LogPosition] {
        moves.map { LogPosition(topic: $0.topic, partition: $0.partition, offset: $0.to) }
    }

    /// A plan for a group that nobody reads as. `places`: `earliest`, a time, or an offset of each partition that is meant.
    /// Throws where a place is not there, and where one lies ahead: to go there would pass over events.
    package static func make(
        group: String, to places: [LogPlace], topic: String?, log: any EventLog
    ) async throws -> RewindPlan {
        let report = try await GroupReport.of(group, in: log)
        guard !report.isActive else {
            let who = report.members.members.map { "\($0.id) on \($0.host)" }.joined(separator: ", ")
            throw ToolError(
                "\(group) is active (\(who)): stop its service first; one that was killed counts for 10 s more, and one with a "
                    + "name of its own (--kafka-instance) for 30 s after any stop")
        }
        let topics = Set(report.partitions.map(\.topic))
        if let topic, !topics.contains(topic) {
            throw ToolError("\(group) does not read \(topic): it reads \(topics.sorted().joined(separator: ", "))")
        }
        let read = topic.map { [$0] } ?? topics.sorted()
        var moves: [Move] = []
        for place in places {
            if let named = place.topic, !read.contains(named) {
                throw ToolError("\(group) reads \(read.joined(separator: ", ")), and not \(named)")
            }
            for stretch in try await LogSelection(topics: read, from: place).stretches(of: log) {
                guard
                    let known = report.partitions.first(where: {
                        $0.topic == stretch.topic && $0.partition == stretch.partition
                    }), let offset = known.offset
                else { continue }
                // Beyond the end there is nothing that was read of this log.
                let from = min(offset, known.end)
                if case .offset(_, let partition, let offset) = place, offset > from {
                    throw ToolError(
                        "\(stretch.topic)/\(partition) is at \(from): to go to \(offset) would pass over \(offset - from) "
                            + "records that \(group) has not handled; rewind only goes back")
                }
                if stretch.from < from {
                    moves.append(
                        Move(topic: stretch.topic, partition: stretch.partition, from: from, to: stretch.from))
                }
            }
        }
        guard Set(moves.map { "\($0.topic)/\($0.partition)" }).count == moves.count else {
            throw ToolError("several --to are [TOPIC/]PARTITION:OFFSET, each of another partition")
        }
        return RewindPlan(group: group, moves: moves)
    }
}
