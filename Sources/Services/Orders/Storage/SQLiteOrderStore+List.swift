package import Databases
import ExactText
import SQLite
import Shop
import Timestamps

extension SQLiteOrderStore {
    package func orders(_ filter: OrderFilter, _ page: Page) async throws -> Listed<Order> {
        try await database.read { connection in
            var chosen = Self.chosen(filter, page)
            if let from = filter.createdFrom?.milliseconds {
                let position = try TimePosition.last(
                    before: from - TimePosition.clocksApart, of: "orders", in: connection)
                chosen.add("position > ?", .integer(position))
            }
            if let before = filter.createdBefore?.milliseconds {
                let position = try TimePosition.last(
                    before: before + TimePosition.clocksApart, of: "orders", in: connection)
                chosen.add("position <= ?", .integer(position))
            }
            guard let product = filter.productID else { return try chosen.rows(page, in: connection) }
            return try chosen.rows(page, with: product, in: connection)
        }
    }

    private static func chosen(_ filter: OrderFilter, _ page: Page) -> Chosen {
        var chosen = Chosen()
        chosen.add("position < ?", .integer(page.after ?? Int64.max))
        // A customer's orders are fewer than those in a state, and an id is one customer's: the plus keeps other indexes out of it.
        if let id = filter.customerID { chosen.add("customer_id = ?", .text(id.string)) }
        if let email = filter.customerEmail {
            chosen.add(
                "\(filter.customerID == nil ? "" : "+")customer_email = ? COLLATE NOCASE", .text(email.string))
        }
        if let status = filter.status {
            let isCustomers = filter.customerID != nil || filter.customerEmail != nil
            chosen.add("\(isCustomers ? "+" : "")status = ?", .text(status.rawValue))
        }
        if let from = filter.createdFrom { chosen.add("created_at >= ?", .integer(from.milliseconds)) }
        if let before = filter.createdBefore { chosen.add("created_at < ?", .integer(before.milliseconds)) }
        return chosen
    }
}

/// The orders that a list has.
private struct Chosen {
    private var conditions: [String] = []
    private var values: [SQLiteValue] = []

    private var sql: String { conditions.joined(separator: " AND ") }

    mutating func add(_ condition: String, _ value: SQLiteValue) {
        conditions.append(condition)
        values.append(value)
    }

    /// Newest first.
    func rows(_ page: Page, in connection: SQLiteConnection) throws -> Listed<Order> {
        try page.rows(
            "SELECT \(OrderRow.columns), position FROM orders WHERE \(sql) ORDER BY position DESC LIMIT ?", values,
            columns: OrderRow.names.count, in: connection, OrderRow.read)
    }

    /// Those of them that have a product, of the next so many.
    func rows(_ page: Page, with product: ProductID, in connection: SQLiteConnection) throws -> Listed<Order> {
        let next = try connection.first(
            """
            SELECT count(*), min(position)
            FROM (SELECT position FROM orders WHERE \(sql) ORDER BY position DESC LIMIT ?)
            """, values + [.integer(Int64(OrderFilter.mostLookedThrough))]
        ) { (count: $0.int(0), last: $0.int(1)) }
        guard let next, next.count > 0 else { return Listed([], hasMore: false) }
        var looked = self
        looked.add("position >= ?", .integer(next.last))
        looked.add("instr(items, ?) > 0", .blob(OrderRow.beginning(of: product)))
        var found = try looked.rows(page, in: connection)
        found.goesOn(behind: next.last, where: next.count == OrderFilter.mostLookedThrough)
        return found
    }
}
