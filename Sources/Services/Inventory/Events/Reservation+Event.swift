import Events

extension Reservation {
    /// Why an event of its order can't have happened; nil when it can. What moved it before may have been this event, on a
    /// database that does not know it any more: so only stock that is somewhere else contradicts it.
    func complaint(about event: OrderEvent) -> String? {
        switch (state, event.kind) {
        case (.released, .shipped): "\(event.kind.name) of an order whose stock was given back"
        case (.shipped, .cancelled), (.shipped, .rejected): "\(event.kind.name) of an order whose stock was shipped"
        default: nil
        }
    }
}
