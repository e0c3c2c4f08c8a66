import EventLog
import Events
import Identifiers
import JSON
import JSONSchema
import LogTools
import Timestamps

/// A page of a topic's records, of one partition or of all in the order of time; those of a partition stand in its own order.
///
/// What is read for it is bounded in bytes and time. Where a filter lets little through it may be short: the next one goes on where
/// this one ended.
struct LogPage: Sendable {
    /// `back`: the newest first. `on`: the oldest first.
    enum Direction: String, Sendable, CaseIterable { case back, on }

    struct Question: Sendable {
        var topic: String
        var direction = Direction.back
        /// nil: all.
        var partition: Int32?
        /// Where to begin, by partition: `next` of another page. Of others nothing is read.
        var places: [Int32: Int64]?
        /// From what came at this time or later, the oldest first.
        var time: Timestamp?
        var key: String?
        var type: String?
        var limit = 50
        /// How long it may read on: below `PromptLog.patience`, by as much as a slow read may take.
        var patience: Duration = .milliseconds(1_200)
    }

    /// Records that a page may have.
    static let limits: ClosedRange<Int64> = 1...200
    private static let mostBytes = 8 << 20

    var rows: [LogRow] = []
    var ranges: [PartitionRange]
    /// Where the next page goes on, by partition.
    var next: [Int32: Int64] = [:]
    /// Whether there was nothing more in this direction.
    var isAtEnd = false
    /// Records that were looked at, those that are not selected among them.
    var looked = 0

    /// Throws an `EventLogError`.
    static func read(_ question: Question, from log: any EventLog) async throws(EventLogError) -> LogPage {
        let end = ContinuousClock.now + question.patience
        let selection = LogSelection(topics: [question.topic], key: question.key, type: question.type)
        let ranges = try await log.ranges(topic: question.topic)
        var page = LogPage(ranges: ranges)
        var cursors = try await page.cursors(question, log)
        while page.rows.count < question.limit {
            // What comes next may stand in a partition of which nothing is at hand.
            if cursors.contains(where: \.mustRead) {
                if cursors.reduce(0, { $0 + $1.bytes }) > mostBytes || ContinuousClock.now > end { break }
                try await fill(&cursors, log, selection)
                continue
            }
            guard let index = first(of: cursors, question.direction) else { break }
            let row = cursors[index].take()
            page.looked += 1
            if row.isSelected { page.rows.append(row) }
        }
        for cursor in cursors { page.next[cursor.range.partition] = cursor.place }
        page.isAtEnd = cursors.allSatisfy(\.isAtEnd)
        return page
    }

    private static func first(of cursors: [PartitionCursor], _ direction: Direction) -> Int? {
        let waiting = cursors.enumerated().compactMap { index, cursor in cursor.next.map { (index, $0.time) } }
        return direction == .on ? waiting.min { $0.1 < $1.1 }?.0 : waiting.max { $0.1 < $1.1 }?.0
    }

    private static func fill(
        _ cursors: inout [PartitionCursor], _ log: any EventLog, _ selection: LogSelection
    ) async throws(EventLogError) {
        let empty = cursors.indices.filter { cursors[$0].mustRead }
        guard empty.count > 1 else {
            if let index = empty.first { try await cursors[index].read(log, selection) }
            return
        }
        // Side by side: each is a journey to its broker.
        let filled = await withTaskGroup(
            of: (Int, Result<PartitionCursor, EventLogError>).self,
            returning: [(Int, Result<PartitionCursor, EventLogError>)].self
        ) { group in
            for index in empty {
                group.addTask { [cursor = cursors[index]] in
                    var cursor = cursor
                    do throws(EventLogError) {
                        try await cursor.read(log, selection)
                        return (index, .success(cursor))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (index, result) in filled { cursors[index] = try result.get() }
    }

    private func cursors(_ question: Question, _ log: any EventLog) async throws(EventLogError) -> [PartitionCursor] {
        var cursors: [PartitionCursor] = []
        let only = question.partition ?? Self.partition(of: question.key, on: question.topic, among: ranges.count)
        for range in ranges where only == nil || only == range.partition {
            let place: Int64
            if let places = question.places {
                guard let given = places[range.partition] else { continue }
                place = given
            } else if let time = question.time {
                place = try await log.offset(
                    topic: question.topic, partition: range.partition, at: time.milliseconds)
            } else {
                place = question.direction == .on ? range.earliest : range.end
            }
            cursors.append(PartitionCursor(range, question.direction, from: place))
        }
        return cursors
    }

    /// Where the records of a key stand, on topics that we write; nil: anywhere.
    private static func partition(of key: String?, on topic: String, among count: Int) -> Int32? {
        guard let key, count > 0, topic == Topics.orders || topic == Topics.inventory else { return nil }
        let text = topic == Topics.orders ? Identifier(key)?.description ?? key : key
        return Murmur2.partition(of: Array(text.utf8), among: Int32(count))
    }

    func json() -> [UInt8] {
        var json = JSONWriter(capacity: 4 << 10)
        json.object { json in
            json.key("records")
            json.array { json in for row in rows { row.write(to: &json) } }
            json.field("next", Self.text(next))
            json.field("at_end", isAtEnd)
            json.field("looked", looked)
            json.key("partitions")
            json.array { json in for range in ranges { range.write(to: &json) } }
        }
        return json.finish()
    }

    /// `0:17,1:5`, as `at` takes it.
    static func text(_ places: [Int32: Int64]) -> String {
        places.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",")
    }

    /// nil for what is no such text.
    static func places(_ text: String) -> [Int32: Int64]? {
        var places: [Int32: Int64] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let place = LogPosition("-/" + part), places[place.partition] == nil else { return nil }
            places[place.partition] = place.offset
        }
        return places
    }

    static let schema = JSONSchema.named(
        "LogPage",
        .object([
            .required("records", .array(of: LogRow.schema)),
            .required(
                "next",
                .text().described("What `at` takes for the page behind this one, in the same direction.").example(
                    "0:17,1:5")
            ),
            .required("at_end", .boolean.described("Whether there is nothing more in this direction now.")),
            .required(
                "looked",
                .integer(0...Int64.max).described(
                    "Records that were looked at, those that are not selected among them.")
            ),
            .required("partitions", .array(of: PartitionRange.schema)),
        ]))

    static let example = """
        {"records":[{"position":"orders/3:17","topic":"orders","partition":3,"offset":17,"at":"2026-01-31T09:30:00.000Z",\
        "timestamp":"2026-01-31T09:30:00.000Z","type":"orderlog.OrderConfirmed.v1",\
        "key":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","value":"{\\"order_id\\":…","bytes":812}],\
        "next":"3:17","at_end":false,"looked":1,"partitions":[{"partition":3,"earliest":0,"end":18}]}
        """
}

extension PartitionRange {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("partition", Int64(partition))
            json.field("earliest", earliest)
            json.field("end", end)
        }
    }

    static let schema = JSONSchema.named(
        "PartitionRange",
        .object([
            .required("partition", .integer(0...Int64(Int32.max))),
            .required("earliest", .integer(0...Int64.max).described("The offset of the first record that is kept.")),
            .required("end", .integer(0...Int64.max).described("The offset that the next record will get.")),
        ]))
}
