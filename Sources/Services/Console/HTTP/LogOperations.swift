import HTTPAPI
import JSONSchema

/// What the console is asked about the log.
enum LogOperations {
    private static let tag = Operation.Tag(
        "log", "The log: its topics, their records, and the groups that read them. Nothing of it is changed.")

    static let topics = Operation(
        .get, "/api/log/topics", id: "listTopics", tag: tag, access: .keys([.read]), summary: "List topics",
        description: "The shop's first, with how far each of their partitions reaches.",
        answers: [Operation.Answer("The topics.", .json(TopicsAnswer.schema, example: TopicsAnswer.example))],
        problems: [.logAway], needsDatabase: false)

    static let groups = Operation(
        .get, "/api/log/groups", id: "listGroups", tag: tag, access: .keys([.read]), summary: "List consumer groups",
        description:
            "Who reads, how far each group has come and how far behind it is, as `orderlog groups list --json` has it.",
        answers: [Operation.Answer("The groups.", .json(GroupsAnswer.schema, example: GroupsAnswer.example))],
        problems: [.logAway], needsDatabase: false)

    static let topic = Operation.PathParameter("topic", "The topic's name.", .text().example("orders"))
    private static let number = JSONSchema.integer(0...Int64.max)

    static let direction = QueryParameter(
        "direction", .choice(LogPage.Direction.allCases.map(\.rawValue)),
        default: "back, or on from an offset or a time",
        description: "`back`: the newest first. `on`: the oldest first.")
    static let partition = QueryParameter(
        "partition", .number(0...Int64(Int32.max)), description: "Of this partition alone.")
    static let offset = QueryParameter(
        "offset", .number(0...Int64.max), description: "From this offset of the partition on, the oldest first.")
    static let time = QueryParameter(
        "time", .time, description: "From what came at this time or later, the oldest first.")
    static let at = QueryParameter(
        "at", .text(limit: 4_000), description: "The `next` of another page, to go on behind it in its direction.",
        complaint: { LogPage.places($0) == nil ? "must be the next of another page, such as 0:17,1:5" : nil })
    static let key = QueryParameter(
        "key", .text(limit: 500), description: "Of this key alone: an order's id, or a product's.")
    static let type = QueryParameter(
        "type", .text(limit: 500), description: "Events of this type alone: OrderConfirmed, or any `ce_type` in full.")
    static let limit = QueryParameter(
        "limit", .number(LogPage.limits), default: "50", description: "Records that the page has at the most.")

    static let records = Operation(
        .get, "/api/log/topics/{topic}/records", id: "listRecords", tag: tag, access: .keys([.read]),
        summary: "List a topic's records",
        description: """
            From the end back, or from an offset, a time or another page's `next` on; of all partitions together in the order of time. \
            How much is read for a page is bounded: where a filter lets little through it may be short, or empty, and `next` goes on.
            """,
        path: [topic], query: [direction, partition, offset, time, at, key, type, limit],
        answers: [Operation.Answer("A page.", .json(LogPage.schema, example: LogPage.example))],
        problems: [.notFound, .logAway], needsDatabase: false)

    static let whole = QueryParameter(
        "whole", .choice(["true", "false"]), default: "false",
        description: "All of its value: \(RecordAnswer.mostShown >> 10) KiB of it are told otherwise.")

    static let record = Operation(
        .get, "/api/log/topics/{topic}/{partition}/{offset}", id: "getRecord", tag: tag, access: .keys([.read]),
        summary: "Get a record", description: "With its headers, and its value as text.",
        path: [
            topic, Operation.PathParameter("partition", "The partition's number.", .integer(0...Int64(Int32.max))),
            Operation.PathParameter("offset", "The record's offset.", number),
        ], query: [whole],
        answers: [Operation.Answer("The record.", .json(PlacedRecord.schema, example: PlacedRecord.example))],
        problems: [.notFound, .logAway], needsDatabase: false)

    static let all = [topics, groups, records, record]
}
