package import Databases
import ExactText
import PostgreSQL
import Shop
import Timestamps

extension PostgreSQLOrderStore {
    package func orders(_ filter: OrderFilter, _ page: Page) async throws -> Listed<Order> {
        try await database.read { connection in
            var chosen = Self.chosen(filter, page)
            if let from = filter.createdFrom?.milliseconds {
                let position = try TimePosition.last(
                    before: from - TimePosition.clocksApart, of: "orders", in: connection)
                chosen.add(.int(position)) { "position > \($0)" }
            }
            if let before = filter.createdBefore?.milliseconds {
                let position = try TimePosition.last(
                    before: before + TimePosition.clocksApart, of: "orders", in: connection)
                chosen.add(.int(position)) { "position <= \($0)" }
            }
            guard let product = filter.productID else { return try chosen.rows(page, in: connection) }
            return try chosen.rows(page, with: product, in: connection)
        }
    }

    private static func chosen(_ filter: OrderFilter, _ page: Page) -> Chosen {
        var chosen = Chosen()
        chosen.add(.int(page.after ?? Int64.max)) { "position < \($0)" }
        if let status = filter.status { chosen.add(.text(status.rawValue)) { "status = \($0)" } }
        if let id = filter.customerID { chosen.add(.text(id.string)) { "customer_id = \($0)" } }
        if let email = filter.customerEmail {
            chosen.add(.text(email.string)) {
                "customer_email IS NOT NULL AND lower(customer_email) = lower(\($0) COLLATE \"C\")"
            }
        }
        if let from = filter.createdFrom { chosen.add(.int(from.milliseconds)) { "created_at >= \($0)" } }
        if let before = filter.createdBefore { chosen.add(.int(before.milliseconds)) { "created_at < \($0)" } }
        return chosen
    }
}

/// The orders that a list has.
private struct Chosen {
    private var conditions: [String] = []
    private var values: [PostgreSQLValue] = []

    private var sql: String { conditions.joined(separator: " AND ") }

    /// `condition` gets what the value is called.
    mutating func add(_ value: PostgreSQLValue, _ condition: (String) -> String) {
        values.append(value)
        conditions.append(condition("$\(values.count)"))
    }

    /// Newest first.
    func rows(_ page: Page, in connection: PostgreSQLConnection) throws -> Listed<Order> {
        try page.rows(
            "SELECT \(PostgreSQLOrderRow.columns), position FROM orders WHERE \(sql)", values,
            columns: PostgreSQLOrderRow.names.count, sized: ["items", "reason", "details"], in: connection,
            PostgreSQLOrderRow.read)
    }

    /// Those of them that have a product, of the next so many.
    func rows(_ page: Page, with product: ProductID, in connection: PostgreSQLConnection) throws -> Listed<Order> {
        let next = try connection.run(
            """
            SELECT count(*), coalesce(min(position), 0)
            FROM (SELECT position FROM orders WHERE \(sql) ORDER BY position DESC LIMIT $\(values.count + 1)) AS next
            """, values + [.int(Int64(OrderFilter.mostLookedThrough))]
        ).first { (count: $0.int(0), last: $0.int(1)) }
        guard let next, next.count > 0 else { return Listed([], hasMore: false) }
        var looked = self
        looked.add(.int(next.last)) { "position >= \($0)" }
        looked.add(.bytes(OrderRow.beginning(of: product))) { "position(\($0)::bytea IN items) > 0" }
        var found = try looked.rows(page, in: connection)
        found.goesOn(behind: next.last, where: next.count == OrderFilter.mostLookedThrough)
        return found
    }
}
