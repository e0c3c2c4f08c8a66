import Identifiers
package import Telemetry

/// Sends nothing to anyone: it writes each notification to the service's log, line by line, for a person to read.
package struct SimulatedSender: NotificationSender {
    package let channel: Notification.Channel
    private let logger: Logger

    package init(_ channel: Notification.Channel, logger: Logger) {
        self.channel = channel
        self.logger = logger
    }

    package func send(_ notifications: [Notification]) async -> [SendFailure?] {
        let lines = notifications.flatMap { notification in
            [
                logger.line(
                    .notice, "\(channel == .email ? "e-mail" : "SMS") to \(notification.recipient)",
                    [
                        "notification_id": notification.id.description,
                        "order_id": notification.orderID.description,
                    ])
            ] + text(notification).map { "    | " + $0 }
        }
        guard await logger.write(lines) else {
            return notifications.map { _ in SendFailure("the service's log can't be written") }
        }
        return notifications.map { _ in nil }
    }

    private func text(_ notification: Notification) -> [String] {
        let body = notification.body.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return notification.subject.isEmpty ? body : ["Subject: \(notification.subject)", ""] + body
    }
}
