package import EventLog
import Timestamps

/// A consumer group: who reads, how far they have come, how far behind they are.
package struct GroupReport: Sendable {
    /// How far the group has come in a partition.
    package struct Partition: Sendable, Hashable {
        package var topic: String
        package var partition: Int32
        /// The offset of the next record that the group will read; nil: it has not committed any, and begins at the first.
        package var offset: Int64?
        /// The offset that the next record of the partition will get.
        package var end: Int64
        /// Records that wait for the group.
        package var lag: Int64
        /// How long the first of them has waited, in seconds; 0 where none does.
        package var seconds: Double
        /// The member that reads the partition.
        package var member: String?

        /// The log is shorter than what the group has read of it: it was made anew, or cut. All of it waits for the group,
        /// which reads it from its beginning.
        package var isBeyondEnd: Bool { offset.map { $0 > end } ?? false }
    }

    package var name: String
    package var members: GroupMembers
    package var partitions: [Partition]

    /// Records that wait, over all partitions.
    package var lag: Int64 { partitions.reduce(0) { $0 + $1.lag } }
    /// The longest that a record has waited.
    package var seconds: Double { partitions.map(\.seconds).max() ?? 0 }
    package var beyondEnd: [Partition] { partitions.filter(\.isBeyondEnd) }
    /// Whether somebody reads: its offsets can't be moved then.
    package var isActive: Bool { !members.members.isEmpty }

    /// Throws an `EventLogError`, and a `ToolError` where there is no such group.
    package static func of(_ name: String, in log: any EventLog) async throws -> GroupReport {
        let members = try await log.members(group: name)
        let committed = try await log.committedOffsets(group: name)
        if members.members.isEmpty, committed.isEmpty {
            let known = try await log.groups()
            guard known.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                let list = known.isEmpty ? "there are none yet" : "there are \(known.joined(separator: ", "))"
                throw ToolError("there is no group \(name): \(list)")
            }
        }
        let assigned = members.members.flatMap { member in member.partitions.map { ($0, member.id) } }
        let topics = Set(committed.map(\.topic) + assigned.map(\.0.topic)).sorted()
        var partitions: [Partition] = []
        for topic in topics {
            for range in try await log.ranges(topic: topic) {
                let own = { (place: LogPosition) in place.topic == topic && place.partition == range.partition }
                let offset = committed.first(where: own)?.offset
                let start = offset.map { $0 > range.end ? range.earliest : max($0, range.earliest) } ?? range.earliest
                let lag = max(range.end - start, 0)
                partitions.append(
                    Partition(
                        topic: topic, partition: range.partition, offset: offset, end: range.end, lag: lag,
                        seconds: lag > 0 ? try await age(topic, range.partition, start, in: log) : 0,
                        member: assigned.first { own($0.0) }?.1))
            }
        }
        return GroupReport(name: name, members: members, partitions: partitions)
    }

    private static func age(
        _ topic: String, _ partition: Int32, _ offset: Int64, in log: any EventLog
    ) async throws(EventLogError) -> Double {
        let first = try await log.read(topic: topic, partition: partition, from: offset, limit: 1).first
        return first.map { max(Timestamp.now().seconds(since: $0.time), 0) } ?? 0
    }
}
