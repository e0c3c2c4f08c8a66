import EventLog
import Events

/// How far the groups have come that handle orders' events: the same for each order, so it is found out once for all who look.
struct GroupPlaces: Sendable {
    /// By group and partition: the offset of the next record that it handles. Where a group has handled none, none stands.
    typealias Places = [String: [Int32: Int64]]

    static let groups = [Topics.inventoryGroup, Topics.notificationGroup]

    private let look: SharedLook<Places>

    init(_ log: PromptLog) {
        look = SharedLook {
            try await log.ask { log in
                var places: Places = [:]
                for group in Self.groups {
                    let own = try await log.committedOffsets(group: group).filter { $0.topic == Topics.orders }
                    places[group] = Dictionary(own.map { ($0.partition, $0.offset) }, uniquingKeysWith: max)
                }
                return places
            }
        }
    }

    /// Throws a problem.
    func now() async throws -> Places { try await look.value() }
}
