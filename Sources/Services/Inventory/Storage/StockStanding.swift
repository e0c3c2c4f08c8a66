package import Shop
package import Timestamps

/// What metrics tell of the stock as a whole.
package protocol StockStanding: Sendable {
    /// The orders that hold stock in batches that are open, and since when the first has held it.
    func held() async throws -> HeldStock

    /// How many products there are of each status, without those that are archived. Goes through all of them.
    func levels() async throws -> [StockStatus: Int]
}

/// Stock that is neither sold nor given back.
package struct HeldStock: Sendable, Hashable {
    /// Orders.
    package var count = 0
    package var since: Timestamp?

    package init(count: Int = 0, since: Timestamp? = nil) {
        self.count = count
        self.since = since
    }
}

/// The same statements for both engines.
enum StockStandingSQL {
    static let held = """
        SELECT count(*), min(o.opened_at)
        FROM open_batches o CROSS JOIN reservations r WHERE r.batch_id = o.batch_id AND r.state = 0
        """

    static let levels = """
        SELECT count(*), count(CASE WHEN available = 0 THEN 1 END),
            count(CASE WHEN available > 0 AND available <= low_stock_threshold THEN 1 END)
        FROM products WHERE archived = false
        """

    static func levels(all: Int64, out: Int64, low: Int64) -> [StockStatus: Int] {
        [.outOfStock: Int(out), .lowStock: Int(low), .inStock: Int(all - out - low)]
    }
}
