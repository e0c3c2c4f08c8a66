import Shop

extension OrderEvent.Order {
    /// Without its customer's name, addresses, the reason that somebody wrote, and all that it has besides; as it is where nobody knows
    /// whose it was.
    package var erased: Self {
        guard let customer else { return self }
        var order = self
        order.customer = customer.erased
        order.reason = reason.map { _ in Erased.text }
        order.details = nil
        return order
    }
}
