package import Databases
import ExactText
import Identifiers
import PostgreSQL
import Timestamps

extension PostgreSQLNotificationStore {
    package func notifications(_ filter: NotificationFilter, _ page: Page) async throws -> Listed<Notification> {
        try await database.read { connection in
            var chosen = Self.chosen(filter, page)
            if let from = filter.createdFrom?.milliseconds {
                let position = try TimePosition.last(
                    before: from - TimePosition.clocksApart, of: "notifications", in: connection)
                chosen.add(.int(position)) { "position > \($0)" }
            }
            if let before = filter.createdBefore?.milliseconds {
                let position = try TimePosition.last(
                    before: before + TimePosition.clocksApart, of: "notifications", in: connection)
                chosen.add(.int(position)) { "position <= \($0)" }
            }
            if filter.isLookedThrough { return try chosen.rows(page, lookingThrough: filter, in: connection) }
            chosen.addCommon(filter)
            return try chosen.rows(page, in: connection)
        }
    }

    private static func chosen(_ filter: NotificationFilter, _ page: Page) -> Chosen {
        var chosen = Chosen()
        chosen.add(.int(page.after ?? Int64.max)) { "position < \($0)" }
        if let order = filter.order { chosen.add(.uuid(order.bytes)) { "order_id = \($0)" } }
        if let recipient = filter.recipient {
            chosen.add(.text(recipient.string)) {
                "lower(recipient COLLATE \"C\") = lower(\($0) COLLATE \"C\")"
            }
        }
        if let from = filter.createdFrom { chosen.add(.int(from.milliseconds)) { "created_at >= \($0)" } }
        if let before = filter.createdBefore { chosen.add(.int(before.milliseconds)) { "created_at < \($0)" } }
        return chosen
    }
}

/// The notifications that a list has.
private struct Chosen {
    private var conditions: [String] = []
    private var values: [PostgreSQLValue] = []

    private var sql: String { conditions.joined(separator: " AND ") }

    /// `condition` gets what the value is called.
    mutating func add(_ value: PostgreSQLValue, _ condition: (String) -> String) {
        values.append(value)
        conditions.append(condition("$\(values.count)"))
    }

    /// A status is named as the condition of its index names it.
    mutating func addCommon(_ filter: NotificationFilter) {
        if let status = filter.status { conditions.append("status = '\(status.rawValue)'") }
        if let channel = filter.channel { conditions.append("channel = '\(channel.rawValue)'") }
    }

    /// Newest first.
    func rows(_ page: Page, in connection: PostgreSQLConnection) throws -> Listed<Notification> {
        try page.rows(
            "SELECT \(NotificationRow.columns), position FROM notifications WHERE \(sql)", values,
            columns: NotificationRow.names.count, sized: ["recipient", "subject", "body"], in: connection,
            PostgreSQLNotificationRow.read)
    }

    /// Those of the next so many that have what the filter says.
    func rows(
        _ page: Page, lookingThrough filter: NotificationFilter, in connection: PostgreSQLConnection
    ) throws -> Listed<Notification> {
        let most = NotificationFilter.mostLookedThrough
        let next = try connection.run(
            """
            SELECT count(*), coalesce(min(position), 0)
            FROM (SELECT position FROM notifications WHERE \(sql) ORDER BY position DESC LIMIT $\(values.count + 1)) AS next
            """, values + [.int(Int64(most))]
        ).first { (count: $0.int(0), last: $0.int(1)) }
        guard let next, next.count > 0 else { return Listed([], hasMore: false) }
        var looked = self
        looked.add(.int(next.last)) { "position >= \($0)" }
        looked.addCommon(filter)
        var found = try looked.rows(page, in: connection)
        found.goesOn(behind: next.last, where: next.count == most)
        return found
    }
}
