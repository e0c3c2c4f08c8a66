import Events
import Identifiers
import Inventory
import Notifications
import Orders

/// Everything that is known of one order, wherever it is written down.
struct OrderFacts {
    var id: Identifier
    var order: Order?
    var reservation: Reservation?
    /// On the log, first occurrences, in its order.
    var events: [LoggedEvent]
    /// Types of events that wait in the outbox.
    var waiting: Set<String>
    /// Of these events those that each group has entered in its inbox.
    var entered: [String: Set<Identifier>]
    var notifications: [Identifier: [Notification]]
    /// The repeats that were asked for.
    var repeats: [Identifier: Set<Int64>]
    /// Why a group gave an event up.
    var deaths: [String: [Identifier: String]]
}
