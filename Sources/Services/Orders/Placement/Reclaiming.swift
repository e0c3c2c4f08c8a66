import Causes
import Identifiers
import InventoryAPI
import Outbox
import Pacing
import Telemetry

/// Reclaims stock that was held for orders that never came to be: after a crash between reserving and confirming, or
/// a reserve call that was made although its caller heard nothing of it.
///
/// Every two seconds it asks for what is held in batches open for more than ten, and inserts each order that nobody
/// knows as rejected: that stops a stalled attempt from still confirming it. Only then is the stock released and the batch
/// closed; each step can be repeated after a crash.
final class Reclaiming: Sendable {
    private static let openFor = 10
    private static let every: Duration = .seconds(2)
    /// Of several replicas one reclaims; another takes over when it is silent for as long.
    private static let leaseSeconds: Int64 = 6

    private let inventory: any Inventory
    private let store: any OrderStore
    private let lease: any Lease
    private let logger: Logger
    private let reclaimed: Counter
    private let committed: @Sendable () -> Void
    private let clock: any ServiceClock
    private let task = BackgroundTask()

    init(
        inventory: any Inventory, store: any OrderStore, lease: any Lease, clock: any ServiceClock, metrics: Metrics,
        logger: Logger, committed: @escaping @Sendable () -> Void
    ) {
        self.clock = clock
        self.inventory = inventory
        self.store = store
        self.lease = lease
        self.logger = logger
        self.committed = committed
        reclaimed = metrics.counter(
            "orderlog_orders_reclaimed", "Interrupted orders whose stock was given back.", labels: [])
    }

    func start() {
        task.start { [self] in
            while !Task.isCancelled {
                do {
                    if try await lease.hold(for: Self.leaseSeconds) { try await reclaim() }
                } catch {
                    logger.debug("held stock could not be reclaimed; trying again", ["error": "\(error)"])
                }
                try? await clock.sleep(for: Self.every)
            }
        }
    }

    func stop() async {
        await task.stop()
        try? await lease.release()
    }

    private func reclaim() async throws {
        var batches: Set<Identifier> = []
        let pages = try await forEachPage { reservations in
            batches.formUnion(reservations.map(\.batchID))
            try await reclaim(reservations.filter(\.isHeld))
        }
        if pages > 1 {
            // A batch may have become old enough between two pages, and only the rest of it been seen.
            try await forEachPage { reservations in
                batches.subtract(reservations.filter(\.isHeld).map(\.batchID))
            }
        }
        guard !batches.isEmpty else { return }
        try await inventory.close(batches.sorted(), deadline: clock.now + .seconds(2))
    }

    /// What is reserved in batches that stayed open; answers how many pages that is.
    @discardableResult private func forEachPage(
        _ body: ([OpenReservations.Reservation]) async throws -> Void
    ) async throws -> Int {
        var cursor: String?
        var pages = 0
        repeat {
            let page = try await inventory.reservations(
                openFor: Self.openFor, cursor: cursor, deadline: clock.now + .seconds(2))
            try await body(page.reservations)
            guard cursor == nil || page.nextCursor != cursor else { throw InventoryFailure("its pages do not end") }
            cursor = page.nextCursor
            pages += 1
        } while cursor != nil
        return pages
    }

    private func reclaim(_ reservations: [OpenReservations.Reservation]) async throws {
        guard !reservations.isEmpty else { return }
        let now = clock.time
        let released = try await store.rejectInterrupted(
            reservations.map { Order.interrupted($0.orderID, items: $0.items, at: now) })
        guard !released.isEmpty else { return }
        committed()
        try await inventory.release(released, cause: .unknown, deadline: clock.now + .seconds(2))
        reclaimed.add(released.count)
        logger.notice("stock of interrupted orders was given back", ["orders": "\(released.count)"])
    }
}
