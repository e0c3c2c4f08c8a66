import Identifiers

/// Goes through what is sorted by orders side by side: orders, reservations, events and notifications.
struct OrderMerge {
    private var orders: SortedCursor<OrderNote>
    private var reservations: SortedCursor<ReservationNote>
    private var events: SortedCursor<HandledEventNote>
    private var told: SortedCursor<ToldNote>

    init(
        orders: SortedFile<OrderNote>, reservations: SortedFile<ReservationNote>,
        events: SortedFile<HandledEventNote>, told: SortedFile<ToldNote>
    ) throws {
        self.orders = try orders.cursor()
        self.reservations = try reservations.cursor()
        self.events = try events.cursor()
        self.told = try told.cursor()
    }

    /// Up to so many orders more; none: there are no more.
    mutating func next(_ count: Int) throws -> [ComparedOrder] {
        var found: [ComparedOrder] = []
        found.reserveCapacity(count)
        while found.count < count,
            let id = [orders.current?.key, reservations.current?.key, events.current?.key]
                .compactMap(\.self).min()
        {
            let order = try orders.take(id).first
            let reservation = try reservations.take(id).first
            let told = try told.take(id)
            let own = try events.take(id).map { event in
                ComparedOrder.Event(
                    logged: event.note.event, entered: event.entered,
                    notifications: told.filter { $0.notification.key == event.note.key }
                        .map { ComparedOrder.Told($0.notification, of: id) })
            }
            // It was placed after audit had begun.
            if order == nil, own.isEmpty, reservation?.isLater == true { continue }
            found.append(ComparedOrder(id: id, order: order, reservation: reservation, events: own))
        }
        return found
    }
}
