package import Databases
import ExactText
import Identifiers
import SQLite
import Timestamps

extension SQLiteNotificationStore {
    package func notifications(_ filter: NotificationFilter, _ page: Page) async throws -> Listed<Notification> {
        try await database.read { connection in
            var chosen = Self.chosen(filter, page)
            if let from = filter.createdFrom?.milliseconds {
                let position = try TimePosition.last(
                    before: from - TimePosition.clocksApart, of: "notifications", in: connection)
                chosen.add("position > ?", .integer(position))
            }
            if let before = filter.createdBefore?.milliseconds {
                let position = try TimePosition.last(
                    before: before + TimePosition.clocksApart, of: "notifications", in: connection)
                chosen.add("position <= ?", .integer(position))
            }
            if filter.isLookedThrough { return try chosen.rows(page, lookingThrough: filter, in: connection) }
            chosen.addCommon(filter)
            return try chosen.rows(page, in: connection)
        }
    }

    /// By what finds them; what else they have is looked at in each: the plus keeps other indexes out of it.
    private static func chosen(_ filter: NotificationFilter, _ page: Page) -> Chosen {
        var chosen = Chosen()
        chosen.add("position < ?", .integer(page.after ?? Int64.max))
        if let order = filter.order { chosen.add("order_id = ?", .uuid(order.high, order.low)) }
        if let recipient = filter.recipient {
            chosen.add("\(filter.order == nil ? "" : "+")recipient = ? COLLATE NOCASE", .text(recipient.string))
        }
        if !filter.isNarrow { chosen.find(filter.status) }
        if let from = filter.createdFrom { chosen.add("created_at >= ?", .integer(from.milliseconds)) }
        if let before = filter.createdBefore { chosen.add("created_at < ?", .integer(before.milliseconds)) }
        return chosen
    }
}

/// The notifications that a list has.
private struct Chosen {
    private var conditions: [String] = []
    private var values: [SQLiteValue] = []
    private var index = ""
    private var isSorted = true

    private var sql: String { conditions.joined(separator: " AND ") }

    mutating func add(_ condition: String, _ value: SQLiteValue) {
        conditions.append(condition)
        values.append(value)
    }

    /// By the index that those of a status have; they are named as its condition names them.
    mutating func find(_ status: Notification.Status?) {
        switch status {
        case .failed, .noted:
            index = " INDEXED BY notifications_\(status == .failed ? "failed" : "noted")"
        // In the order in which they are due: few, as a rule, and their positions stand in the index.
        case .queued: (index, isSorted) = (" INDEXED BY notifications_due", false)
        case .sent, nil: return
        }
        conditions.append("status = '\(status.map(\.rawValue) ?? "")'")
    }

    /// What no index of its own finds.
    mutating func addCommon(_ filter: NotificationFilter) {
        if let status = filter.status, filter.isNarrow || filter.isLookedThrough {
            add("+status = ?", .text(status.rawValue))
        }
        if let channel = filter.channel { add("+channel = ?", .text(channel.rawValue)) }
    }

    /// Newest first.
    func rows(_ page: Page, in connection: SQLiteConnection) throws -> Listed<Notification> {
        let columns = "SELECT \(NotificationRow.columns), position FROM notifications"
        let inOrder = "ORDER BY position DESC LIMIT ?"
        let (select, all) =
            isSorted
            ? ("\(columns)\(index) WHERE \(sql)", values)
            : (
                """
                \(columns) WHERE position IN (
                    SELECT position FROM notifications\(index) WHERE \(sql) \(inOrder))
                """, values + [.integer(Int64(page.limit + 1))]
            )
        return try page.rows(
            "\(select) \(inOrder)", all, columns: NotificationRow.names.count, in: connection, NotificationRow.read)
    }

    /// Those of the next so many that have what the filter says.
    func rows(
        _ page: Page, lookingThrough filter: NotificationFilter, in connection: SQLiteConnection
    ) throws -> Listed<Notification> {
        let most = NotificationFilter.mostLookedThrough
        let next = try connection.first(
            """
            SELECT count(*), min(position)
            FROM (SELECT position FROM notifications WHERE \(sql) ORDER BY position DESC LIMIT ?)
            """, values + [.integer(Int64(most))]
        ) { (count: $0.int(0), last: $0.int(1)) }
        guard let next, next.count > 0 else { return Listed([], hasMore: false) }
        var looked = self
        looked.add("position >= ?", .integer(next.last))
        looked.addCommon(filter)
        var found = try looked.rows(page, in: connection)
        found.goesOn(behind: next.last, where: next.count == most)
        return found
    }
}
