import Events
import ExactText
import Identifiers
import Notifications

/// What is compared of one order. It is made from notes that stood in files, or from the rows themselves: by the notes it can be
/// told that something disagrees, for the words of it the rows are read.
struct ComparedOrder: Sendable {
    /// An event and what became of it.
    struct Event: Sendable {
        var logged: LoggedEvent
        var entered: HandlingGroups
        var notifications: [Told]
        /// The repeats that were asked for.
        var repeats: Set<Int64> = []
        /// Why a group gave it up.
        var deaths: [String: String] = [:]
    }

    /// A notification of an event.
    struct Told: Sendable {
        var channel: Notification.Channel
        var repeatNumber: Int64
        /// A hash.
        var recipient: Int64
        var isErased: Bool
        /// Whether it says that it is of this order.
        var isOfOrder: Bool
        /// For people: its id and its address; nil of a note.
        var words: (id: Identifier, recipient: ExactText)?
    }

    var id: Identifier
    var order: OrderNote?
    var reservation: ReservationNote?
    /// On the log, first occurrences, in its order.
    var events: [Event]
    /// Types of events that wait in the outbox.
    var waiting: Set<String> = []
}

extension ComparedOrder {
    init(_ facts: OrderFacts) {
        id = facts.id
        order = facts.order.map { OrderNote($0) }
        reservation = facts.reservation.map { ReservationNote($0) }
        waiting = facts.waiting
        events = facts.events.map { event in
            var entered: HandlingGroups = []
            var deaths: [String: String] = [:]
            for (group, name) in HandlingGroups.all {
                if facts.entered[name]?.contains(event.id) == true { entered.insert(group) }
                deaths[name] = facts.deaths[name]?[event.id]
            }
            return Event(
                logged: event, entered: entered,
                notifications: (facts.notifications[event.id] ?? []).map { Told($0, of: facts.id) },
                repeats: facts.repeats[event.id] ?? [], deaths: deaths)
        }
    }
}

extension ComparedOrder.Told {
    fileprivate init(_ notification: Notification, of order: Identifier) {
        self.init(
            channel: notification.channel, repeatNumber: notification.repeatNumber,
            recipient: NotificationNote.hash(notification.recipient), isErased: notification.isErased,
            isOfOrder: notification.orderID == order, words: (notification.id, notification.recipient))
    }

    init(_ note: NotificationNote, of order: Identifier) {
        self.init(
            channel: note.channel, repeatNumber: note.repeatNumber, recipient: note.recipient, isErased: note.isErased,
            isOfOrder: note.order == order, words: nil)
    }
}
