package import Databases
package import ExactText
package import Identifiers
package import Timestamps

/// Which notifications are listed. nil: any.
///
/// Those of an order and of a recipient are found by indexes, and so are those that failed, were noted or wait. When they were made is
/// found by halving (`TimePosition`). What nearly all have, that they were sent, or their channel, has no index: each order would pay for
/// it. A list of those looks through so many for a page.
package struct NotificationFilter: Sendable, Hashable {
    package var order: Identifier?
    package var status: Notification.Status?
    /// An e-mail address or a phone number. `a` to `z` stand for `A` to `Z` as well; all else is compared by its bytes.
    package var recipient: ExactText?
    package var channel: Notification.Channel?
    /// Made then or later.
    package var createdFrom: Timestamp?
    /// Made before.
    package var createdBefore: Timestamp?

    package init(
        order: Identifier? = nil, status: Notification.Status? = nil, recipient: ExactText? = nil,
        channel: Notification.Channel? = nil, createdFrom: Timestamp? = nil, createdBefore: Timestamp? = nil
    ) {
        self.order = order
        self.status = status
        self.recipient = recipient
        self.channel = channel
        self.createdFrom = createdFrom
        self.createdBefore = createdBefore
    }

    /// Notifications that a page looks through at most.
    package static let mostLookedThrough = 5_000

    /// Whether they are somebody's, so that they are few.
    var isNarrow: Bool { order != nil || recipient != nil }

    /// Whether nothing finds them but looking through all.
    var isLookedThrough: Bool {
        guard !isNarrow else { return false }
        return status == .sent || status == nil && channel != nil
    }
}

extension NotificationStore {
    /// Newest first; `order` nil: of all orders.
    package func notifications(of order: Identifier?, _ page: Page) async throws -> Listed<Notification> {
        try await notifications(NotificationFilter(order: order), page)
    }
}
