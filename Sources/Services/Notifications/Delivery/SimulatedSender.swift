import ExactText
import Identifiers
package import Telemetry

/// Sends nothing to anyone: what its provider takes it writes to the service's log, line by line, for a person to read.
/// The provider takes each notification once; the lines of one can be missing after a crash, never doubled.
package struct SimulatedSender: NotificationSender {
    package let channel: Notification.Channel
    private let provider: any SimulatedProvider
    private let logger: Logger

    package init(_ channel: Notification.Channel, provider: any SimulatedProvider, logger: Logger) {
        self.channel = channel
        self.provider = provider
        self.logger = logger
    }

    package func send(_ notifications: [Notification]) async -> [SendFailure?] {
        let fresh: Set<Identifier>
        do {
            fresh = try await provider.take(notifications.map(\.id))
        } catch {
            return notifications.map { _ in SendFailure("the simulated provider takes nothing: \(error)") }
        }
        await logger.write(notifications.filter { fresh.contains($0.id) }.flatMap(lines))
        return notifications.map { _ in nil }
    }

    /// For people the text a line each below the title; for machines one line with all of it.
    private func lines(_ notification: Notification) -> [String] {
        let again = notification.repeatNumber > 0 ? " again (repeat \(notification.repeatNumber))" : ""
        let title = "\(channel == .email ? "e-mail" : "SMS") to \(notification.recipient)\(again)"
        let (id, order) = (notification.id.description, notification.orderID.description)
        switch logger.format {
        case .json:
            return [
                logger.line(
                    .notice, title,
                    [
                        "notification_id": id, "order_id": order, "subject": notification.subject.string,
                        "body": notification.body.string,
                    ])
            ]
        case .text:
            var text = notification.body.string.split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init)
            if notification.subject.byteCount > 0 { text = ["Subject: \(notification.subject)", ""] + text }
            return [logger.line(.notice, title, ["notification_id": id, "order_id": order])]
                + text.map { $0.isEmpty ? "    |" : "    | " + $0 }
        }
    }
}
