/// What messages say, in one language, around what they tell.
struct Phrases: Sendable {
    /// What happened to an order.
    struct Step: Sendable {
        /// Behind the order's id in a subject, which begins with `Phrases.order`.
        var subject: StaticString
        /// Before the order's id, and behind it.
        var sentence: (StaticString, StaticString)
    }

    /// Before a name, and behind it.
    var greeting: (StaticString, StaticString)
    /// Before an id in subjects.
    var order: StaticString
    var confirmed: Step
    var shipped: Step
    var delivered: Step
    var cancelled: Step
    /// Behind the id of one that is cancelled, where a reason follows.
    var cancelledBecause: StaticString
    /// Before the name of who brings it, and before the number by which it is followed.
    var carrier: StaticString
    var trackingNumber: StaticString
    /// Before an id, in the subject of what somebody wants to say.
    var about: StaticString
    /// Before the sum.
    var total: StaticString
    /// Between a number of units and the sum.
    var item: StaticString
    var items: StaticString
    /// Who signs where the shop has not said its name.
    var shop: StaticString
    /// Between whole units of money and their parts.
    var decimalMark: StaticString = "."

    /// nil: of a custom one.
    func step(_ kind: Notification.Kind) -> Step? {
        switch kind {
        case .orderConfirmed: confirmed
        case .orderShipped: shipped
        case .orderDelivered: delivered
        case .orderCancelled: cancelled
        case .custom: nil
        }
    }
}
