import Events
import Identifiers
import InventoryAPI
import Timestamps

extension Stock {
    /// Reserves for each call, in their order. `known` are the reservations that there are of the orders that are asked for:
    /// an order that has one gets its answer. Answers the outcomes, and the reservations that are new.
    mutating func reserve(
        _ calls: [ReserveCall], known: [Identifier: Reservation], now: Timestamp
    ) -> (outcomes: [[ReservationOutcome]], fresh: [Reservation]) {
        var known = known
        var fresh: [Reservation] = []
        let outcomes = calls.map { call in
            call.reservations.map { wanted in
                if let reservation = known[wanted.orderID] { return reservation.repeated(wanted.items) }
                let outcome = reserve(wanted.items)
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
