import Arguments
import Events
import LogTools

/// `--type`: events by their names.
enum EventTypes {
    private static let topics = [Topics.orders, Topics.inventory]
    static let names = names(on: topics)

    private static func names(on topics: [String]) -> [String] {
        topics.flatMap(Topics.events).map(RecordText.shortName)
    }

    /// A name must be one that events on these topics have. What is said in full, such as `orderlog.OrderReturned.v1`, is
    /// taken as it is: a newer version, and other systems, may have written it.
    static func chosen(_ arguments: ParsedArguments, on topics: [String]) throws(UsageError) -> String? {
        guard let type = arguments.value("type"), !type.contains(".") else { return arguments.value("type") }
        let areOurs = topics.allSatisfy { !Topics.events(on: $0).isEmpty }
        let known = areOurs ? names(on: topics) : names
        guard known.contains(type) else {
            let likely = known.first { $0.lowercased() == type.lowercased() }.map { "; did you mean \($0)?" } ?? ""
            throw arguments.wrong(
                "type",
                """
                is not one of \(known.joined(separator: ", "))\(likely); any other type is said in full, such as \
                orderlog.NAME.v1
                """)
        }
        return type
    }
}
