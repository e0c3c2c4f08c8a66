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
        let lines = notifications.flatMap(lines)
        guard await logger.write(lines) else {
            return notifications.map { _ in SendFailure("the service's log can't be written") }
        }
        return notifications.map { _ in nil }
    }

    /// For people the text a line each below the title; for machines one line with all of it.
    private func lines(_ notification: Notification) -> [String] {
        let title = "\(channel == .email ? "e-mail" : "SMS") to \(notification.recipient)"
        let (id, order) = (notification.id.description, notification.orderID.description)
        switch logger.format {
        case .json:
            return [
                logger.line(
                    .notice, title,
                    [
                        "notification_id": id, "order_id": order, "subject": notification.subject,
                        "body": notification.body,
                    ])
            ]
        case .text:
            var text = notification.body.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if !notification.subject.isEmpty { text = ["Subject: \(notification.subject)", ""] + text }
            return [logger.line(.notice, title, ["notification_id": id, "order_id": order])]
                + text.map { $0.isEmpty ? "    |" : "    | " + $0 }
        }
    }
}
