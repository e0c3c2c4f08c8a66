import JSON
package import Timestamps

/// What an erasure found and did, without a word of whom it was about.
package struct ErasureReport: Sendable {
    /// Things with something personal in them.
    package struct Counts: Sendable, Hashable {
        package var orders = 0
        package var outboxRows = 0
        package var records = 0
        package var messages = 0
        package var answers = 0

        var isEmpty: Bool { self == Counts() }

        static func += (sum: inout Counts, more: Counts) {
            sum.orders += more.orders
            sum.outboxRows += more.outboxRows
            sum.records += more.records
            sum.messages += more.messages
            sum.answers += more.answers
        }
    }

    /// Records that no one can change, on Kafka.
    package struct Kept: Sendable, Hashable {
        package var records: Int
        /// When the log will have dropped the last of them; nil: never, as its topics are set.
        package var until: Timestamp?
    }

    /// Found; erased unless this was a dry run or something stood in the way.
    package var counts = Counts()
    /// What is still going on. Nothing was erased then.
    package var obstacles: [String] = []
    package var kept: Kept?
    /// What came while it was erased.
    package var late = Counts()
    /// Addresses with orders that differ from the one that was asked for in nothing but small and capital letters.
    package var otherSpellings = 0
    package var isDryRun = false

    package init() {}

    /// 0: nothing is left where this program can look. 1: something is.
    package var exitCode: Int32 {
        if isDryRun { return 0 }
        return obstacles.isEmpty && kept == nil && late.isEmpty ? 0 : 1
    }

    /// What no program of ours can look into.
    package static let beyond = """
        Not looked into: exports and backups (also PostgreSQL's archives), copies of Kafka's topics, the logs in which the \
        simulated senders print messages, and what your mail and SMS providers keep.
        """

    package var text: String {
        var lines: [String] = []
        let verb = isDryRun || !obstacles.isEmpty ? "found" : "erased"
        lines.append(
            "\(verb): \(counts.orders) orders, \(counts.outboxRows) rows of the outbox, \(counts.messages) messages, "
                + "\(counts.answers) remembered answers, \(counts.records) records of the log")
        if !obstacles.isEmpty {
            lines.append("NOTHING WAS ERASED:")
            lines += obstacles.map { "  \($0)" }
        }
        if let kept {
            let end =
                kept.until.map {
                    "the last is dropped after \($0.rfc3339) (Kafka drops whole segments: up to the topic's segment.ms later)"
                } ?? "they are NEVER dropped, as the topics are set: see `orderlog topics apply --retention`"
            lines.append("left on Kafka: \(kept.records) records; \(end)")
        }
        if !late.isEmpty { lines.append("left: what came meanwhile; say it again") }
        if otherSpellings > 0 {
            lines.append(
                "\(otherSpellings) other addresses differ in nothing but small and capital letters; "
                    + "`GET /orders?customer_email=…` lists their orders, and each is erased by itself")
        }
        lines.append(Self.beyond)
        return lines.joined(separator: "\n")
    }

    package func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("dry_run", isDryRun)
            json.field("erased", !isDryRun && obstacles.isEmpty)
            json.key("found")
            Self.write(counts, to: &json)
            json.key("obstacles")
            json.array { json in
                for obstacle in obstacles { json.string(obstacle) }
            }
            if let kept {
                json.key("kept_on_kafka")
                json.object { json in
                    json.field("records", kept.records)
                    json.field("until", kept.until?.rfc3339)
                }
            }
            json.key("late")
            Self.write(late, to: &json)
            json.field("other_spellings", otherSpellings)
            json.field("not_looked_into", Self.beyond)
        }
        return json.finish()
    }

    private static func write(_ counts: Counts, to json: inout JSONWriter) {
        json.object { json in
            json.field("orders", counts.orders)
            json.field("outbox_rows", counts.outboxRows)
            json.field("messages", counts.messages)
            json.field("remembered_answers", counts.answers)
            json.field("log_records", counts.records)
        }
    }
}
