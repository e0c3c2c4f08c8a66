import EventLog
import Events
import ExactText
import Identifiers
import Inventory
import Outbox
import Progress
import SQLite
import Shop
import Timestamps

/// Adds up the reservations and compares each product with what the log says came and went.
///
/// The reservations are summed page by page while the shop goes on; then what changed meanwhile is made up for in one
/// short transaction, together with the products: what is compared is one moment.
final class StockAudit {
    private static let page = 1_000
    /// So many products' sums are held at a time.
    private static let heldSums = 10_000
    /// So few changes are made up for in the transaction that reads the products.
    private static let fewChanges = 2_000
    /// Clocks of replicas may differ by as much.
    private static let clocks = 5.0

    private let sources: AuditSources
    private let scratch: Scratch
    private let scan: LogScan
    /// How many there were when they were last judged.
    private(set) var products = 0

    init(sources: AuditSources, scratch: Scratch, scan: LogScan) {
        self.sources = sources
        self.scratch = scratch
        self.scan = scan
    }

    /// What was noted of the reservations.
    struct Sum: Sendable {
        var notes: SortedFile<ReservationNote>
        var count: Int
        var mark: Mark
    }

    /// Notes and sums all reservations; `end`: the position of the last one when audit began.
    static func sum(
        _ reader: any InventoryReader, upTo end: Int64, into scratch: Scratch, _ progress: Progress
    ) async throws -> Sum {
        let sorter = try Sorter<ReservationNote>()
        var mark = Mark(position: 0, moment: Timestamp.now().advanced(bySeconds: -clocks))
        var sums: StockSums = [:]
        var count = 0
        try await readAhead { last in
            try await reader.reservations(after: last?.position ?? 0, limit: page)
        } _: { page in
            for (position, reservation) in page {
                try sorter.add(ReservationNote(reservation, isLater: position > end))
                sums.add(reservation.items, nil, reservation.state)
            }
            if sums.count >= heldSums {
                try await scratch.add(sums)
                sums = [:]
            }
            // Of replicas, one may yet commit a row before another's that is there already: what is young is read again.
            if let old = page.last(where: { $0.reservation.createdAt < mark.moment }) { mark.position = old.position }
            count += page.count
            progress.advance(by: page.count)
        }
        try await scratch.add(sums)
        return Sum(notes: try sorter.finish(), count: count, mark: mark)
    }

    /// How far the reservations have been summed.
    struct Mark: Sendable {
        var position: Int64
        var moment: Timestamp
    }

    /// Compares at one moment. What the log has not got yet is taken from the outbox of that moment.
    func judge(_ sum: Sum) async throws -> [AuditFinding] {
        var mark = sum.mark
        for _ in 0..<5 {
            let changes = try await sources.inventory.changes(after: mark.position, since: mark.moment)
            if changes <= Self.fewChanges { break }
            let moment = Timestamp.now().advanced(bySeconds: -Self.clocks)
            let snapshot = try await sources.inventory.snapshot(after: mark.position, since: mark.moment)
            try await scratch.add(snapshot.changed, to: sum.notes)
            mark.moment = moment
        }
        // What the log has now, the databases have for certain when they are read next.
        try await scan.run()
        let snapshot = try await sources.inventory.snapshot(after: mark.position, since: mark.moment)
        try await scratch.add(snapshot.changed, to: sum.notes)
        let unseen = Set(try await scratch.missing(snapshot.outbox.map(\.event), from: "inventory_events"))
        let moved = Dictionary(grouping: snapshot.outbox.filter { unseen.contains($0.event) }, by: \.productID)
        products = snapshot.products.count
        let judge = StockJudge(isTruncated: !scan.truncated.isEmpty)
        var findings: [AuditFinding] = []
        for product in snapshot.products {
            var sums = try await scratch.stock(of: product.productID)
            // What the log was not seen to have comes behind what it has.
            let movements = moved[product.productID] ?? []
            for movement in movements {
                sums.essentials = movement.words.essentials
                if movement.describes { sums.further = movement.words.further }
            }
            findings += judge.findings(product, sums, unseen: movements.reduce(0) { $0 + $1.units })
        }
        return findings
    }
}

extension Scratch {
    /// Adds reservations that are new or have changed since they were noted: each counts as it is now.
    func add(_ reservations: [Reservation], to notes: SortedFile<ReservationNote>) async throws {
        guard !reservations.isEmpty else { return }
        try await database.write { connection in
            var sums: StockSums = [:]
            for reservation in reservations {
                let id = SQLiteValue.blob(reservation.orderID.bytes)
                let later = try connection.first("SELECT state FROM reservations WHERE order_id = ?", [id]) {
                    Reservation.State(rawValue: $0.text(0))
                }
                let before = try later.flatMap(\.self) ?? notes.find(reservation.orderID).last?.state
                guard before != reservation.state else { continue }
                sums.add(reservation.items, before, reservation.state)
                try connection.execute(
                    "INSERT INTO reservations (order_id, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
                    [id, .text(reservation.state.rawValue)])
            }
            try Self.add(sums, in: connection)
        }
    }

    fileprivate func add(_ sums: StockSums) async throws {
        try await database.write { try Self.add(sums, in: $0) }
    }

    private static func add(_ sums: StockSums, in connection: SQLiteConnection) throws {
        for (product, sum) in sums {
            try connection.execute(
                """
                INSERT INTO stock (product_id, reserved, shipped) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved,
                    shipped = shipped + excluded.shipped
                """, [.text(product.string), .integer(sum.reserved), .integer(sum.shipped)])
        }
    }

    func stock(of product: ProductID) async throws -> StockJudge.Sums {
        let known = try await database.read { connection in
            try connection.first(
                "SELECT logged, reserved, shipped, essentials, further FROM stock WHERE product_id = ?",
                [.text(product.string)]
            ) {
                StockJudge.Sums(
                    logged: $0.int(0), reserved: $0.int(1), shipped: $0.int(2),
                    essentials: $0.optionalText(3).map { ExactText($0) },
                    further: $0.optionalText(4).map { ExactText($0) })
            }
        }
        return known ?? StockJudge.Sums()
    }
}

/// Units that reservations take, of each product.
private typealias StockSums = [ProductID: (reserved: Int64, shipped: Int64)]

extension StockSums {
    /// `before`: what they were counted as; nil: not at all.
    fileprivate mutating func add(_ items: [OrderItem], _ before: Reservation.State?, _ now: Reservation.State) {
        for item in items {
            for (state, sign) in [(before, -item.quantity), (now, item.quantity)] {
                switch state {
                case .held, .sold: self[item.productID, default: (0, 0)].reserved += sign
                case .shipped: self[item.productID, default: (0, 0)].shipped += sign
                case .released, nil: break
                }
            }
        }
    }
}
