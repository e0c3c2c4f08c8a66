import Idempotency
import Identifiers
import Timestamps

/// Orders with an Idempotency-Key by the ids that earlier versions make of keys. Such versions may still run beside this one, and
/// what they placed within the last day has to be found.
struct FormerOrders: Sendable {
    /// How many ids of a key an earlier version tries.
    private static let attempts = 100

    let store: any OrderStore
    /// When the database got its secret: orders by the former rule alone are older, but for those of replicas that run on.
    let since: Timestamp

    /// Whether an order by the former rule may still count that was placed before this version came.
    func mayCount(at now: Timestamp) -> Bool {
        now.milliseconds - since.milliseconds < IdempotencyKey.lifetime * 1_000
    }

    /// The order of this key that counts, however the key was written.
    func order(of key: IdempotencyKey, at now: Timestamp) async throws -> Order? {
        for attempt in 0..<Self.attempts {
            let ids = key.formerIdentifiers(attempt: attempt)
            let known = try await store.orders(formerly: ids)
            if let order = ids.lazy.compactMap({ known[$0] }).first(where: { $0.counts(at: now) }) { return order }
            // An earlier version goes on where an order was given up, or counts no more.
            if known.isEmpty { return nil }
        }
        return nil
    }

    /// What an earlier version would do for this key.
    enum Next {
        /// Answer this order, which counts.
        case answer(Order)
        /// Place one under this id; nil: it would place none.
        case place(Identifier?)
    }

    /// What it would do next. Where the key's first id was given up, the order that counts may have one behind it.
    func next(of key: IdempotencyKey, at now: Timestamp) async throws -> Next {
        let ids = (0..<Self.attempts).map { key.formerIdentifier(attempt: $0) }
        let known = try await store.orders(formerly: ids)
        if let order = ids.lazy.compactMap({ known[$0] }).first(where: { $0.counts(at: now) }) { return .answer(order) }
        return .place(ids.first { known[$0] == nil })
    }
}
