import EventLog
import JSON
import JSONSchema
import LogTools

/// The consumer groups of the log, as `orderlog groups` has them: who reads, and how far behind.
struct GroupsAnswer: Sendable {
    /// A log that is shared has others' groups too, and to ask after each takes a client of Kafka's.
    private static let most = 20

    private let reports: [GroupReport]
    private let count: Int

    /// Throws an `EventLogError`. `first`: the shop's own, which stand first.
    static func find(in log: any EventLog, first own: [String]) async throws -> GroupsAnswer {
        let known = try await log.groups()
        let names = own.filter(known.contains) + known.filter { !own.contains($0) }
        let reports = try await withThrowingTaskGroup(
            of: (Int, GroupReport?).self, returning: [(Int, GroupReport?)].self
        ) { group in
            for (index, name) in names.prefix(most).enumerated() {
                group.addTask {
                    do {
                        return (index, try await GroupReport.of(name, in: log))
                    } catch is ToolError {
                        // It went away meanwhile.
                        return (index, nil)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        return GroupsAnswer(
            reports: reports.sorted { $0.0 < $1.0 }.compactMap(\.1), count: names.count)
    }

    func json() -> [UInt8] {
        var json = JSONWriter(capacity: 4 << 10)
        json.object { json in
            json.key("groups")
            json.array { json in for report in reports { report.write(to: &json) } }
            json.field("count", count)
        }
        return json.finish()
    }

    private static let number = JSONSchema.integer(0...Int64.max)

    static let schema = JSONSchema.named(
        "Groups",
        .object([
            .required("groups", .array(of: group)),
            .required("count", number.described("Of all groups; the first \(most) are told.")),
        ]))

    private static let group = JSONSchema.named(
        "Group",
        .object([
            .required("group", .text().example("notification-service")),
            .required("state", .text().described("Kafka's word.").example("Stable")),
            .required("lag", number.described("Records that wait for it.")),
            .required("lag_seconds", number.described("The longest that one of them has waited.")),
            .required(
                "members",
                .array(
                    of: .object([
                        .required("member_id", .text()), .required("client_id", .text().orNull),
                        .required("host", .text()),
                    ]))),
            .required(
                "partitions",
                .array(
                    of: .object([
                        .required("topic", .text().example("orders")),
                        .required("partition", .integer(0...Int64(Int32.max))),
                        .required(
                            "offset", number.orNull.described("Of the record that it reads next; null: of none yet.")),
                        .required("end", number),
                        .required("offset_beyond_end", .boolean.described("The log was made anew, or cut.")),
                        .required("lag", number), .required("lag_seconds", number),
                        .required("member_id", .text().orNull.described("Who reads the partition.")),
                    ]))),
        ]))

    static let example = """
        {"groups":[{"group":"notification-service","state":"Stable","lag":0,"lag_seconds":0,"members":[],"partitions":\
        [{"topic":"orders","partition":0,"offset":18,"end":18,"offset_beyond_end":false,"lag":0,"lag_seconds":0,\
        "member_id":null}]}],"count":1}
        """
}
