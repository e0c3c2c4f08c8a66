package import EventLog
internal import Synchronization

extension MemoryLog {
    /// One reader of a group, as the log knows it.
    struct Member {
        let topics: [String]
        let starts: PartitionStarts?
        var assigned: [LogPartition] = []
        /// The next offset to read; of none before it is known where to start.
        var positions: [LogPartition: Int64] = [:]
        var paused: Set<LogPartition> = []
        /// Counts how often partitions were given to it.
        var turn = 0
        var question: Task<Void, Never>?
        var waiting: CheckedContinuation<Void, Never>?
    }

    /// That a member is asked where to start.
    struct Question {
        let group: String
        let member: Int
        let turn: Int
        let partitions: [LogPartition]
        let starts: PartitionStarts
    }

    package func consumer(
        group: String, topics: [String], starts: PartitionStarts?
    ) async throws(EventLogError) -> any EventConsumer {
        let (id, questions) = state.withLock { state in
            state.members += 1
            state.groups[group, default: Group()].members[state.members] = Member(topics: topics, starts: starts)
            return (state.members, state.giveOut(group: group))
        }
        ask(questions)
        return MemoryConsumer(self, group: group, id: id)
    }

    func ask(_ questions: [Question]) {
        for question in questions {
            let task = Task {
                guard let answer = await question.starts(question.partitions) else { return }
                state.withLock { $0.take(answer, to: question) }
                changed()
            }
            state.withLock { state in
                guard state.groups[question.group]?.members[question.member]?.turn == question.turn else {
                    return task.cancel()
                }
                state.groups[question.group]?.members[question.member]?.question = task
            }
        }
        changed()
    }

    package func committedOffsets(group: String) async throws(EventLogError) -> [LogPosition] {
        state.withLock { state in
            (state.groups[group]?.offsets ?? [:]).sorted { $0.key < $1.key }.map {
                LogPosition(topic: $0.topic, partition: $0.partition, offset: $1)
            }
        }
    }

    package func groups() async throws(EventLogError) -> [String] {
        state.withLock { state in
            state.groups.filter { !$0.value.offsets.isEmpty || !$0.value.members.isEmpty }.keys.sorted()
        }
    }

    package func members(group: String) async throws(EventLogError) -> GroupMembers {
        let members = state.withLock { $0.groups[group]?.members ?? [:] }
        return GroupMembers(
            state: members.isEmpty ? "Empty" : "Stable",
            members: members.sorted { $0.key < $1.key }.map { id, member in
                .init(
                    id: "member \(id)", host: "here",
                    partitions: member.assigned.map { .init(topic: $0.topic, partition: $0.partition, offset: 0) })
            })
    }

    package func moveOffsets(group: String, to positions: [LogPosition]) async throws(EventLogError) {
        let isInUse = state.withLock { state in
            guard state.groups[group]?.members.isEmpty ?? true else { return true }
            for position in positions {
                state.groups[group, default: Group()].offsets[position.logPartition] = position.offset
            }
            return false
        }
        if isInUse { throw EventLogError(.groupInUse, "the group \(group) has a member") }
    }
}

extension MemoryLog.Group {
    var topics: Set<String> { Set(members.values.flatMap(\.topics)) }
}

extension MemoryLog.State {
    /// Gives the partitions of a group's topics to its members, in turn. Answers what these are to be asked.
    mutating func giveOut(group name: String) -> [MemoryLog.Question] {
        guard var group = groups[name] else { return [] }
        let ids = group.members.keys.sorted()
        for id in ids {
            group.members[id]?.question?.cancel()
            group.members[id]?.turn += 1
            group.members[id]?.assigned = []
            group.members[id]?.positions = [:]
            group.members[id]?.paused = []
        }
        for topic in group.topics.sorted() {
            let readers = ids.filter { group.members[$0]?.topics.contains(topic) == true }
            for partition in 0..<(topics[topic]?.partitions.count ?? 0) {
                let own = LogPartition(topic: topic, partition: Int32(partition))
                group.members[readers[partition % readers.count]]?.assigned.append(own)
            }
        }
        var questions: [MemoryLog.Question] = []
        for id in ids {
            guard let member = group.members[id] else { continue }
            if let starts = member.starts {
                questions.append(
                    .init(group: name, member: id, turn: member.turn, partitions: member.assigned, starts: starts))
            } else {
                for partition in member.assigned {
                    group.members[id]?.positions[partition] = group.offsets[partition] ?? 0
                }
            }
        }
        groups[name] = group
        return questions
    }

    mutating func take(_ answer: [PartitionStart], to question: MemoryLog.Question) {
        guard groups[question.group]?.members[question.member]?.turn == question.turn else { return }
        for start in answer {
            let partition = start.position.logPartition
            groups[question.group]?.members[question.member]?.positions[partition] = start.position.offset
            if start.mustCommit { groups[question.group]?.offsets[partition] = start.position.offset }
        }
    }
}

/// A member of a group on a log in memory.
private final class MemoryConsumer: EventConsumer {
    private let log: MemoryLog
    private let group: String
    private let id: Int

    init(_ log: MemoryLog, group: String, id: Int) {
        self.log = log
        self.group = group
        self.id = id
    }

    func next(limit: Int) async throws(EventLogError) -> [StoredRecord]? {
        while true {
            if Task.isCancelled { return nil }
            guard let records = log.state.withLock({ $0.next(limit: max(limit, 1), group, id) }) else { return nil }
            if !records.isEmpty { return records }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isWaiting = log.state.withLock { state in
                        // Something may have come since.
                        guard !Task.isCancelled, state.has(nothingFor: id, of: group) else { return false }
                        state.groups[group]?.members[id]?.waiting = continuation
                        return true
                    }
                    if !isWaiting { continuation.resume() }
                }
            } onCancel: {
                log.changed()
            }
        }
    }

    func acknowledge(_ records: [StoredRecord]) async {
        log.state.withLock { state in
            guard let member = state.groups[group]?.members[id] else { return }
            for record in records where member.assigned.contains(record.position.logPartition) {
                let partition = record.position.logPartition
                let known = state.groups[group]?.offsets[partition] ?? 0
                state.groups[group]?.offsets[partition] = max(known, record.position.offset + 1)
            }
        }
        log.changed()
    }

    func pause(_ partitions: [LogPartition]) async {
        log.state.withLock { $0.groups[group]?.members[id]?.paused.formUnion(partitions) }
    }

    func resume(_ partitions: [LogPartition]) async {
        log.state.withLock { $0.groups[group]?.members[id]?.paused.subtract(partitions) }
        log.changed()
    }

    func close() async {
        let (member, questions) = log.state.withLock { state in
            let member = state.groups[group]?.members.removeValue(forKey: id)
            return (member, member == nil ? [] : state.giveOut(group: group))
        }
        member?.question?.cancel()
        member?.waiting?.resume()
        log.ask(questions)
    }
}

extension MemoryLog.State {
    /// A share of each partition that has something; nil once the member is gone.
    fileprivate mutating func next(limit: Int, _ group: String, _ id: Int) -> [StoredRecord]? {
        guard let member = groups[group]?.members[id] else { return nil }
        let ready = ready(member)
        guard !ready.isEmpty else { return [] }
        let share = max(limit / ready.count, 1)
        var records: [StoredRecord] = []
        for (partition, rest) in ready {
            let taken = rest.prefix(min(share, limit - records.count))
            guard let last = taken.last else { break }
            records += taken
            groups[group]?.members[id]?.positions[partition] = last.position.offset + 1
        }
        return records
    }

    fileprivate func has(nothingFor id: Int, of group: String) -> Bool {
        groups[group]?.members[id].map { ready($0).isEmpty } ?? false
    }

    private func ready(_ member: MemoryLog.Member) -> [(partition: LogPartition, rest: ArraySlice<StoredRecord>)] {
        member.assigned.compactMap { partition in
            guard !member.paused.contains(partition), let from = member.positions[partition],
                let records = topics[partition.topic]?.partitions[Int(partition.partition)], from < records.count
            else { return nil }
            return (partition, records[Int(from)...])
        }
    }
}
