import ExactText
import Identifiers
import Notifications

/// A notification of an event, as much of it as is compared, sorted by its event.
struct NotificationNote: SortedRecord {
    var key: Identifier
    var order: Identifier
    /// Its place in the table.
    var position: Int64
    /// A hash of its address.
    var recipient: Int64
    var repeatNumber: Int64
    private var channelCode: UInt8
    var isErased: Bool
    /// Whether its id is the one that its event makes.
    var isOfItsEvent: Bool

    /// nil: it is of no event.
    init?(_ notification: Notification, at position: Int64) {
        guard let event = notification.eventID else { return nil }
        key = event
        order = notification.orderID
        self.position = position
        recipient = Self.hash(notification.recipient)
        repeatNumber = notification.repeatNumber
        channelCode = notification.channel == .email ? 0 : 1
        isErased = notification.isErased
        isOfItsEvent = notification.isOfItsEvent
    }

    var channel: Notification.Channel { channelCode == 0 ? .email : .sms }

    /// Good within this process.
    static func hash(_ address: ExactText) -> Int64 { Int64(truncatingIfNeeded: address.hashValue) }
}

/// A notification sorted by the order of its event, which should be its own.
struct ToldNote: SortedRecord {
    var notification: NotificationNote
    var key: Identifier
}
