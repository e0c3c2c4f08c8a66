import EventLog
import Events
import Identifiers
import Inventory
import Outbox
import Progress
import SQLite
import Timestamps

/// Adds up the reservations and compares each product with what the log says came and went.
///
/// The reservations are summed page by page while the shop goes on; then what changed meanwhile is made up for in one
/// short transaction, together with the products: what is compared is one moment.
final class StockAudit {
    private static let page = 500
    /// So few changes are made up for in the transaction that reads the products.
    private static let fewChanges = 2_000
    /// Clocks of replicas may differ by as much.
    private static let clocks = 5.0

    private let sources: AuditSources
    private let scratch: Scratch
    private let scan: LogScan
    private let progress: Progress
    /// How many there were when they were last judged.
    private(set) var products = 0

    init(sources: AuditSources, scratch: Scratch, scan: LogScan, progress: Progress) {
        self.sources = sources
        self.scratch = scratch
        self.scan = scan
        self.progress = progress
    }

    /// Answers how many reservations there are; `page` gets the order ids of each page.
    func sum(_ body: ([Identifier]) async throws -> Void) async throws -> (count: Int, mark: Mark) {
        progress.begin("reservations", total: try await sources.inventory.lastReservation())
        var mark = Mark(position: 0, moment: Timestamp.now().advanced(bySeconds: -Self.clocks))
        var count = 0
        var position: Int64 = 0
        while true {
            let page = try await sources.inventory.reservations(after: position, limit: Self.page)
            guard let last = page.last else { return (count, mark) }
            try await scratch.add(page.map(\.reservation))
            try await body(page.map(\.reservation.orderID))
            position = last.position
            // Of replicas, one may yet commit a row before another's that is there already: what is young is read again.
            if let old = page.last(where: { $0.reservation.createdAt < mark.moment }) { mark.position = old.position }
            count += page.count
            progress.advance(by: page.count)
        }
    }

    /// How far the reservations have been summed.
    struct Mark {
        var position: Int64
        var moment: Timestamp
    }

    /// Compares at one moment. What the log has not got yet is taken from the outbox of that moment.
    func judge(_ mark: Mark) async throws -> [AuditFinding] {
        var mark = mark
        for _ in 0..<5 {
            let changes = try await sources.inventory.changes(after: mark.position, since: mark.moment)
            if changes <= Self.fewChanges { break }
            let moment = Timestamp.now().advanced(bySeconds: -Self.clocks)
            let snapshot = try await sources.inventory.snapshot(after: mark.position, since: mark.moment)
            try await scratch.add(snapshot.changed)
            mark.moment = moment
        }
        // What the log has now, the databases have for certain when they are read next.
        try await scan.run()
        let snapshot = try await sources.inventory.snapshot(after: mark.position, since: mark.moment)
        try await scratch.add(snapshot.changed)
        let unseen = try await unseen(snapshot)
        products = snapshot.products.count
        var findings: [AuditFinding] = []
        for product in snapshot.products {
            findings += try await judge(product, unseen: unseen[product.productID] ?? 0)
        }
        return findings
    }

    /// Units that came or went by events that the log was not seen to have.
    private func unseen(_ snapshot: StockSnapshot) async throws -> [ProductID: Int64] {
        let missing = Set(
            try await scratch.missing(snapshot.outbox.map(\.row.event.event.id), from: "inventory_events"))
        var units: [ProductID: Int64] = [:]
        for entry in snapshot.outbox where missing.contains(entry.row.event.event.id) {
            let event = try InventoryEvent(entry.row.event.event)
            units[event.product.productID, default: 0] += event.change.units
        }
        return units
    }

    private func judge(_ product: ProductDocument, unseen: Int64) async throws -> [AuditFinding] {
        let known = try await scratch.stock(of: product.productID)
        let came = known.logged + unseen
        let there = product.available + product.reserved + known.shipped
        func finding(_ problem: String, isUnknown: Bool = false) -> AuditFinding {
            AuditFinding(
                check: .stock, subject: "product \(product.productID)", problem: problem, isUnknown: isUnknown)
        }
        var findings: [AuditFinding] = []
        if product.available < 0 || product.reserved < 0 {
            findings.append(finding("\(product.available) available, \(product.reserved) reserved"))
        }
        if there != came {
            findings.append(
                finding(
                    "\(product.available) available + \(product.reserved) reserved + \(known.shipped) shipped = \(there)"
                        + ", and by the log \(came) came in", isUnknown: !scan.truncated.isEmpty))
        }
        if known.reserved != product.reserved {
            findings.append(
                finding("\(product.reserved) are reserved, and the reservations add up to \(known.reserved)"))
        }
        return findings
    }
}

extension Scratch {
    /// Adds reservations to the sums; one that was added before counts as it is now.
    func add(_ reservations: [Reservation]) async throws {
        guard !reservations.isEmpty else { return }
        try await database.write { connection in
            var sums: [ProductID: (reserved: Int64, shipped: Int64)] = [:]
            for reservation in reservations {
                let id = SQLiteValue.blob(reservation.orderID.bytes)
                let before = try connection.first("SELECT state FROM reservations WHERE order_id = ?", [id]) {
                    $0.int(0)
                }
                let now = reservation.state.code
                guard before != now else { continue }
                for item in reservation.items {
                    for (state, sign) in [(before, -item.quantity), (now, item.quantity)] {
                        if state == 1 { sums[item.productID, default: (0, 0)].reserved += sign }
                        if state == 2 { sums[item.productID, default: (0, 0)].shipped += sign }
                    }
                }
                try connection.execute(
                    "INSERT INTO reservations (order_id, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
                    [id, .integer(now)])
            }
            for (product, sum) in sums {
                try connection.execute(
                    """
                    INSERT INTO stock (product_id, reserved, shipped) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved,
                        shipped = shipped + excluded.shipped
                    """, [.text(product.string), .integer(sum.reserved), .integer(sum.shipped)])
            }
        }
    }

    func stock(of product: ProductID) async throws -> (logged: Int64, reserved: Int64, shipped: Int64) {
        let known = try await database.read { connection in
            try connection.first(
                "SELECT logged, reserved, shipped FROM stock WHERE product_id = ?", [.text(product.string)]
            ) { ($0.int(0), $0.int(1), $0.int(2)) }
        }
        return known ?? (0, 0, 0)
    }
}

extension Reservation.State {
    /// 1: takes stock; 2: has taken it away; 0: neither.
    fileprivate var code: Int64 {
        switch self {
        case .held, .settled: 1
        case .shipped: 2
        case .released: 0
        }
    }
}
