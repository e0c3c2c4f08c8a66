import Causes
import Identifiers
import InventoryAPI
import Shop
import Timestamps

extension Stock {
    /// Reserves for each call, in their order. `known` are the reservations that there are of the orders that are asked for:
    /// an order that has one gets its answer. `causes` has one for each call. Answers the outcomes, and the reservations that are new.
    mutating func reserve(
        _ calls: [ReserveCall], causes: [Cause], known: [Identifier: Reservation], now: Timestamp
    ) -> (outcomes: [[ReservationOutcome]], fresh: [Reservation]) {
        var known = known
        var fresh: [Reservation] = []
        let outcomes = zip(calls, causes).map { call, cause in
            call.reservations.map { wanted in
                self.cause = cause.of(wanted)
                if let reservation = known[wanted.orderID] {
                    return reservation.repeated(wanted.items, expecting: wanted.expectedTotal)
                }
                let outcome = reserve(wanted.items, expecting: wanted.expectedTotal)
                if case .reserved(let items) = outcome {
                    let reservation = Reservation(
                        orderID: wanted.orderID, batchID: call.batchID, state: .held, items: items, createdAt: now,
                        updatedAt: now)
                    known[wanted.orderID] = reservation
                    fresh.append(reservation)
                }
                return outcome
            }
        }
        return (outcomes, fresh)
    }
}

extension Cause {
    /// One of the orders of a call that this is the cause of.
    fileprivate func of(_ wanted: ReserveCall.Reservation) -> Cause {
        guard let traceparent = wanted.traceparent else { return self }
        return Cause(traceparent: traceparent, tracestate: wanted.tracestate, caller: caller)
    }
}
