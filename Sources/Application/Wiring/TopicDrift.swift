import EventLog
import Events

/// How a topic differs from its declaration.
struct TopicDrift: Sendable, Hashable {
    /// One thing that is otherwise.
    struct Difference: Sendable, Hashable {
        /// What is, and what was declared.
        var text: String
        /// What would end it; nil: no setting does.
        var setting: TopicSetting?
        /// Whether that would only lift a limit. To lower one may remove records, or refuse some that were taken before.
        var isRaise = true
    }

    var topic: String
    var differences: [Difference]

    var text: String { differences.map(\.text).joined(separator: "; ") }

    /// Of the shop's topics, those that differ.
    static func all(in log: any EventLog) async throws(EventLogError) -> [TopicDrift] {
        try await all(try await log.describe(Topics.declared.map(\.name)), on: log)
    }

    /// The same, of those that are there.
    static func all(
        _ actual: [TopicDescription], on log: any EventLog
    ) async throws(EventLogError) -> [TopicDrift] {
        all(actual, declared: DeclaredRetention.topics(try await DeclaredRetention.read(log)))
    }

    static func all(
        _ actual: [TopicDescription], declared: [TopicDeclaration] = Topics.declared
    ) -> [TopicDrift] {
        declared.compactMap { declared in drift(of: declared, actual.first { $0.name == declared.name }) }
    }

    /// nil: it is as declared. A limit that is higher is nobody's trouble.
    static func drift(of declared: TopicDeclaration, _ actual: TopicDescription?) -> TopicDrift? {
        let differences =
            actual.map { actual in
                [
                    partitions(declared, actual), retention(declared, actual), bytes(actual), compaction(actual),
                    size(actual), stamping(actual),
                    bound(.timestampsAhead, actual.timestampsAhead), bound(.timestampsBehind, actual.timestampsBehind),
                ].compactMap(\.self)
            } ?? [Difference(text: "missing")]
        return differences.isEmpty ? nil : TopicDrift(topic: declared.name, differences: differences)
    }

    /// More of them could be made, but keys would go to others than those that their earlier events are in.
    private static func partitions(_ declared: TopicDeclaration, _ actual: TopicDescription) -> Difference? {
        if actual.partitions == declared.partitions { return nil }
        return Difference(text: "\(actual.partitions) partitions, declared \(declared.partitions)")
    }

    private static func retention(_ declared: TopicDeclaration, _ actual: TopicDescription) -> Difference? {
        if actual.retention == declared.retention { return nil }
        return Difference(
            text: "kept \(text(actual.retention)), declared \(text(declared.retention))",
            setting: TopicSetting(.retention, "\(declared.retention ?? -1)"),
            isRaise: declared.retention ?? .max > actual.retention ?? .max)
    }

    private static func bytes(_ actual: TopicDescription) -> Difference? {
        actual.retentionBytes.map {
            Difference(
                text: "\($0) bytes of a partition are kept, declared all", setting: TopicSetting(.retentionBytes, "-1"))
        }
    }

    private static func compaction(_ actual: TopicDescription) -> Difference? {
        guard actual.compacted else { return nil }
        return Difference(text: "compacted, declared not", setting: TopicSetting(.cleanupPolicy, "delete"))
    }

    private static func size(_ actual: TopicDescription) -> Difference? {
        guard let largest = actual.largestBatch, largest < TopicDeclaration.largestBatch else { return nil }
        return bound(.largestBatch, largest, declared: TopicDeclaration.largestBatch)
    }

    private static func stamping(_ actual: TopicDescription) -> Difference? {
        guard actual.isStampedByBroker else { return nil }
        return Difference(
            text: "records get the broker's time, declared their own",
            setting: TopicSetting(.timestampType, "CreateTime"))
    }

    private static func bound(
        _ name: TopicSetting.Name, _ actual: Int64?, declared: Int64 = .max
    ) -> Difference? {
        actual.map {
            Difference(
                text: "\(name.rawValue) \($0), declared \(declared)", setting: TopicSetting(name, "\(declared)"))
        }
    }

    static func text(_ retention: Int64?) -> String {
        guard let retention else { return "for ever" }
        let day: Int64 = 24 * 60 * 60 * 1_000
        return retention % day == 0 ? "\(retention / day) days" : "\(retention) ms"
    }
}
