/// Sends on one channel: a mail provider, an SMS gateway.
package protocol NotificationSender: Sendable {
    var channel: Notification.Channel { get }

    /// The outcomes in the order of the notifications; nil: sent. A notification's id is the idempotency key: sent
    /// again under the same id, it must not reach anyone twice.
    func send(_ notifications: [Notification]) async -> [SendFailure?]
}

package struct SendFailure: Error, Sendable, Hashable {
    package var message: String

    package init(_ message: String) {
        self.message = message
    }
}
