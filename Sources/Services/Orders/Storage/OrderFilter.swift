package import ExactText
package import Shop
package import Timestamps

/// Which orders are listed. nil: any.
///
/// Whose they are and their state are found by indexes. When they were placed is not: an index of times would cost each order a page more.
/// Positions are given as orders are stored, a moment after they are placed, so a time is looked for among the positions by halving. And
/// what was bought stands in each order: which orders have a product would cost as many pages as they have lines. So a list of a product's
/// orders looks through the orders that the rest of the filter finds, so many for a page.
package struct OrderFilter: Sendable, Hashable {
    package var status: OrderStatus?
    /// `a` to `z` stand for `A` to `Z` as well, as mail is delivered nearly everywhere; all else is compared by its bytes.
    package var customerEmail: ExactText?
    package var customerID: ExactText?
    /// They have a line of it.
    package var productID: ProductID?
    /// Placed then or later.
    package var createdFrom: Timestamp?
    /// Placed before.
    package var createdBefore: Timestamp?

    package init(
        status: OrderStatus? = nil, customerEmail: ExactText? = nil, customerID: ExactText? = nil,
        productID: ProductID? = nil, createdFrom: Timestamp? = nil, createdBefore: Timestamp? = nil
    ) {
        self.status = status
        self.customerEmail = customerEmail
        self.customerID = customerID
        self.productID = productID
        self.createdFrom = createdFrom
        self.createdBefore = createdBefore
    }

    /// Orders that a page of a product's looks through at most.
    package static let mostLookedThrough = 2_000
}
