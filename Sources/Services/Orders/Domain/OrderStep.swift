package import Causes
package import Shop
package import Timestamps

/// A step that an order took: what it was from when on, and who had it done.
package struct OrderStep: Sendable, Hashable {
    package var status: OrderStatus
    package var at: Timestamp
    /// nil: nobody was asked for a key, nobody knows, or the order service did it of itself.
    package var by: CallerName?

    package init(_ status: OrderStatus, at: Timestamp, by: CallerName?) {
        self.status = status
        self.at = at
        self.by = by
    }
}

extension OrderStep {
    /// The most that an order takes: confirmed, shipped, delivered.
    package static let most = 3

    /// The steps of an order as far as they can be known. `kept` are those that were stored. Others are told by the order itself:
    /// those of an order from before there was a history, and those that a replica of an earlier version made of a later one,
    /// which moves it and leaves the history as it is. When a delivered order was shipped is not known then.
    static func history(
        _ kept: [OrderStep], of status: OrderStatus, placed: Timestamp, moved: Timestamp
    ) -> [OrderStep] {
        var steps = kept
        if steps.isEmpty, status != .rejected { steps.append(OrderStep(.confirmed, at: placed, by: nil)) }
        if steps.last?.status != status { steps.append(OrderStep(status, at: moved, by: nil)) }
        return steps
    }
}
