import EventLog
import ExactText
import Synchronization
import Timestamps

/// The partitions that take nothing while others do: their leader is away, or stalled. To find that out takes as long as a
/// request may, five seconds, in which all others would wait; so what goes to one that is known to be away is not sent, but
/// for one row at a time, by which its return is noticed.
final class AwayPartitions: Sendable {
    struct Away: Sendable {
        /// A row that goes there, to ask with.
        var sample: OutboxRow
        var since: Timestamp
        /// For people: what the log said.
        var reason: String
    }

    private struct State {
        var away: [LogPartition: Away] = [:]
        /// How many partitions each topic has. Where that is not known, rows are found out one by one.
        var counts: [String: Int32] = [:]
        var returns = 0

        /// As every Kafka client chooses it by default. One that is told to choose otherwise holds the wrong rows aside for as
        /// long as a partition is away, and sends the others in vain: slower, and not wrong.
        func partition(of row: OutboxRow) -> LogPartition? {
            guard let count = counts[row.event.topic], count > 0 else { return nil }
            return LogPartition(
                topic: row.event.topic,
                partition: Murmur2.partition(of: Array(row.event.event.subject.string.utf8), among: count))
        }
    }
    private let state = Mutex(State())

    var all: [LogPartition: Away] { state.withLock { $0.away } }
    var isEmpty: Bool { state.withLock { $0.away.isEmpty } }
    /// How often partitions came back, or were forgotten. Rows that a task puts aside may be aside for nothing when it has
    /// grown since that task looked which partitions are away.
    var returns: Int { state.withLock { $0.returns } }

    /// Notes where these rows were to go; answers the partitions that were not known to be away.
    func add(_ failures: [OutboxSender.Failure]) -> [LogPartition: Away] {
        state.withLock { state in
            var new: [LogPartition: Away] = [:]
            for failure in failures {
                guard let partition = failure.error.partition, state.away[partition] == nil else { continue }
                let away = Away(sample: failure.row, since: .now(), reason: failure.error.message)
                state.away[partition] = away
                new[partition] = away
            }
            return new
        }
    }

    /// It takes records again. The topics' partitions may have become more meanwhile.
    func remove(_ partition: LogPartition) {
        state.withLock { state in
            state.away[partition] = nil
            state.returns += 1
            if state.away.isEmpty { state.counts = [:] }
        }
    }

    func removeAll() {
        state.withLock { $0 = State(returns: $0.returns + 1) }
    }

    /// Topics of which it is not known how many partitions they have.
    var uncounted: Set<String> {
        state.withLock { state in Set(state.away.keys.map(\.topic)).filter { state.counts[$0] == nil } }
    }

    func note(_ partitions: Int32, of topic: String) {
        state.withLock { $0.counts[topic] = partitions }
    }

    /// Parts the rows that can be sent from those that go to a partition which is away.
    func divide(_ rows: [OutboxRow]) -> (free: [OutboxRow], held: [OutboxRefusal]) {
        let state = state.withLock { $0 }
        guard !state.away.isEmpty else { return (rows, []) }
        var held: [OutboxRefusal] = []
        let free = rows.filter { row in
            guard let partition = state.partition(of: row), let away = state.away[partition] else { return true }
            held.append(OutboxRefusal(position: row.position, reason: away.reason))
            return false
        }
        return (free, held)
    }
}
