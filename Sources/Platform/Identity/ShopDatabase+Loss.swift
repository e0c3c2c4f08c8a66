package import EventLog

extension ShopDatabase {
    /// How many records its topic has had at the least: 0 where its service is not where the topic's events come from. To be
    /// asked before the topic is: what is published in between would seem to be lost.
    package func published() async throws -> Int64 {
        guard description.isOrigin else { return 0 }
        return max(try await sentEvents(), try await hasHistory() ? 1 : 0)
    }

    /// What the log has lost of the events that the database published, in words: its topic was deleted, or made anew. nil:
    /// nothing that can be seen so.
    ///
    /// - Parameter ranges: the topic's partitions; empty: it is not there.
    package func loss(of published: Int64, now ranges: [PartitionRange]) -> String? {
        let records = ranges.reduce(0) { $0 + $1.end }
        guard records < published else { return nil }
        let topic = description.topic
        let advice = """
            `orderlog audit` names what the log lacks, and `orderlog audit --republish` brings the events back that can be made \
            anew
            """
        return records == 0
            ? "the topic \(topic) is empty, and \(name) has published events there: \(advice)"
            : "the topic \(topic) has had \(records) records, and \(name) has published \(published) there: \(advice)"
    }
}
